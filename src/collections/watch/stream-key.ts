import { type Collection, pathOfCollection } from '../collection.ts';
import { acceptForWatch, type Form } from '../form.ts';
import type { Selection } from '../selection.ts';

/** Which of upstream's watches a client is served from: those with the same key share one. */
export interface StreamKey {
  readonly path: string;
  readonly accept: string;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly includeObject: string | undefined;
}

export function streamKeyOf(collection: Collection, form: Form, { labelSelector, fieldSelector, includeObject }: Selection): StreamKey {
  return {
    path: pathOfCollection(collection),
    accept: acceptForWatch(form),
    labelSelector,
    fieldSelector,
    // Says nothing where no Table is asked for.
    includeObject: form.shape === 'table' ? includeObject : undefined,
  };
}

export function textOfKey({ path, accept, labelSelector, fieldSelector, includeObject }: StreamKey): string {
  return JSON.stringify([path, accept, labelSelector ?? '', fieldSelector ?? '', includeObject ?? '']);
}

/** Events that upstream did not send as such: what a list holds, told as events, and bookmarks. */
import { encodeFrame, writeFrame } from '../../translate/protobuf/encode-object.ts';
import { writeEnvelope } from '../../translate/protobuf/envelope.ts';
import { WireWriter } from '../../translate/protobuf/wire-writer.ts';
import type { Form } from '../form.ts';
import { bytesFields, metaOfItem } from '../read/object-meta.ts';

export interface FrameKind {
  /** Of the object: what an item of a typed list does not say itself. */
  readonly kind: string;
  readonly apiVersion: string;
  /** Items carry their kind and version: those of custom resources, and metadata alone. */
  readonly isTold: boolean;
}

const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** An item of a list, in the tenant's names, as ADDED event. Of a Table without columns. */
export function addedFrame(form: Form, { kind, apiVersion, isTold }: FrameKind, item: Buffer): Buffer {
  if (form.isProtobuf) {
    const [field] = bytesFields(item, 0, item.length);
    return writeFrame('ADDED', writeEnvelope(apiVersion, kind, item.subarray(field!.start, field!.end)));
  }
  const before =
    form.shape === 'table'
      ? `{"type":"ADDED","object":${tableOpening(form, metaOfItem(form, item).resourceVersion)}`
      : isTold
        ? '{"type":"ADDED","object":'
        : `{"type":"ADDED","object":{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  const after = form.shape === 'table' ? ']}}\n' : '}\n';
  const body = form.shape === 'table' || isTold ? item : item.subarray(1);
  return Buffer.concat([Buffer.from(before), body, Buffer.from(after)]);
}

/** @param isInitialEnd what was there at the beginning has been told (KEP-3157) */
export function bookmarkFrame(form: Form, { kind, apiVersion }: FrameKind, resourceVersion: string, isInitialEnd = false): Buffer {
  const annotations = isInitialEnd ? INITIAL_EVENTS_END : undefined;
  if (form.isProtobuf) {
    const object = new WireWriter();
    object.message(1, (metadata) => {
      metadata.text(6, resourceVersion);
      for (const [key, value] of Object.entries(annotations ?? {})) {
        metadata.message(12, (entry) => {
          entry.text(1, key);
          entry.text(2, value);
        });
      }
    });
    return writeFrame('BOOKMARK', writeEnvelope(apiVersion, kind, object.finish()));
  }
  const metadata = JSON.stringify({ resourceVersion, ...(annotations && { annotations }) });
  const partial = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${form.version}","metadata":${metadata}}`;
  const object =
    form.shape === 'table'
      ? `${tableOpening(form, resourceVersion)}{"cells":[],"object":${partial}}]}`
      : form.shape === 'partial'
        ? partial
        : `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${metadata}}`;
  return Buffer.from(`{"type":"BOOKMARK","object":${object}}\n`);
}

/** A Status as ERROR event. */
export function errorFrame(form: Form, status: object): Buffer {
  if (!form.isProtobuf) return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  // As Go writes a ListMeta.
  return encodeFrame('ERROR', { ...status, metadata: { selfLink: '', resourceVersion: '', continue: '' } });
}

function tableOpening({ version }: Form, resourceVersion: string): string {
  const metadata = JSON.stringify({ resourceVersion });
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},"columnDefinitions":null,"rows":[`;
}

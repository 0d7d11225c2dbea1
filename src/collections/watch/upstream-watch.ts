/** One watch of upstream's that goes on for ever: when it ends, another begins where it ended, and nothing is lost or told twice. */
import { pause } from '../../upstream/pause.ts';
import { type Ask, UpstreamRefusal } from '../ask-upstream.ts';
import type { Form } from '../form.ts';
import { createEventReader, type UpstreamEvent } from './read-events.ts';
import type { StreamKey } from './stream-key.ts';

export interface UpstreamWatchOptions {
  readonly key: StreamKey;
  readonly form: Form;
  readonly ask: Ask;
  readonly signal: AbortSignal;
  /** Gets every event but ERRORs, in order. */
  onEvent(event: UpstreamEvent): void;
  /** The first time, and each time that it has begun again. */
  onOpen(): void;
  onBytes(count: number): void;
  onRetry(error: unknown): void;
}

/** How it ended: upstream has said that it cannot go on (its frame), or has not been to be reached for too long. */
export type WatchEnd = { readonly error: Buffer } | { readonly failure: unknown };

/** Upstream's own default is 30 to 60 minutes; it ends them at different times. */
const MIN_SECONDS = 1_800;
const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 1_000;
/** How long it is tried to go on. Clients that wait longer had better begin anew, as with an apiserver that is gone. */
const PATIENCE_MS = 15_000;

/** Resolves when it is over, never rejects. @param revision behind which it begins */
export async function followUpstream(revision: number, options: UpstreamWatchOptions): Promise<WatchEnd> {
  const { key, form, ask, signal } = options;
  let position = revision;
  let brokenSince: number | undefined;
  let failures = 0;
  for (;;) {
    try {
      const query = {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: position,
        timeoutSeconds: Math.round(MIN_SECONDS * (1 + Math.random())),
        labelSelector: key.labelSelector,
        fieldSelector: key.fieldSelector,
        includeObject: key.includeObject,
      };
      const { body } = await ask({ path: key.path, query, accept: key.accept }, signal);
      options.onOpen();
      brokenSince = undefined;
      const reader = createEventReader(form);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        options.onBytes(chunk.length);
        for (const event of reader.write(chunk)) {
          if (event.type === 'ERROR') return { error: event.bytes };
          // An upstream that comes back from an older backup must not be believed.
          const at = Number(event.meta.resourceVersion);
          if (!(at > 0)) throw new Error(`${key.path}: an event without a resourceVersion that can be compared`);
          if (at < position || (at === position && event.type !== 'BOOKMARK')) continue;
          position = at;
          options.onEvent(event);
          brokenSince = undefined;
          failures = 0;
        }
      }
      // Ended in order: its time was over, or the apiserver is being stopped.
    } catch (error) {
      if (signal.aborted) return { failure: signal.reason };
      if (isFinal(error)) return { failure: error };
      brokenSince ??= performance.now();
      if (performance.now() - brokenSince > PATIENCE_MS) return { failure: error };
      options.onRetry(error);
    }
    if (signal.aborted) return { failure: signal.reason };
    await pause(Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++), signal);
  }
}

/** What asking again does not change: there is no such kind any more, or the gateway may not see it. */
function isFinal(error: unknown): boolean {
  return error instanceof UpstreamRefusal && error.status < 500 && error.status !== 429 && error.status !== 401;
}

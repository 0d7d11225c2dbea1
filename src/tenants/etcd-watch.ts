/**
 * A watch of a key range that loses nothing: the library's stream, without the library's watcher. That one takes the
 * store's revision from the answer to its create request, and from each response's header, as the place to resume at;
 * both can lie ahead of events that are still to come, which a broken connection then swallows. It also does not notice
 * a stream that falls silent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Etcd3, IWatchResponse } from 'etcd3';
import { closeStream, readAll, type SilenceLimits, type WatchStream } from './read-watch-stream.ts';
import { StoreError } from './store.ts';

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1_000;

export interface KeyRange {
  readonly start: Buffer;
  /** Exclusive. */
  readonly end: Buffer;
}

export interface KeyEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** Empty for a delete. */
  readonly value: Buffer;
  /** What the key held before; missing when there was nothing, or when it has been compacted away. */
  readonly previous: Buffer | undefined;
  /** Whether the key was not there before. */
  readonly created: boolean;
  readonly revision: string;
}

export interface WatchBatch {
  /** Empty: only the news that nothing happened up to `revision`. */
  readonly events: readonly KeyEvent[];
  /** All events of the range up to this revision have been handed out. */
  readonly revision: string;
}

export interface WatchKeysOptions extends Partial<SilenceLimits> {
  /** Told each time the stream broke and will be opened again. */
  readonly onRetry?: (cause: unknown) => void;
}

/**
 * Batches of events of `range` after revision `after`, in order and complete; an empty batch about every second when
 * nothing happens. Reconnects with back-off and goes on where it was. Returns when `signal` is aborted. Throws
 * StoreError('Expired') when the revision was compacted, or when etcd has fallen behind it (restored from a backup).
 * Needs etcd 3.4.25 or 3.5.8: before, a progress report could overtake events.
 */
export async function* watchKeys(
  client: Etcd3,
  range: KeyRange,
  after: string,
  signal: AbortSignal,
  options: WatchKeysOptions = {},
): AsyncGenerator<WatchBatch, void, void> {
  let seen = BigInt(after);
  let from = seen;
  let backoffMs = FIRST_BACKOFF_MS;
  while (!signal.aborted) {
    let stream: WatchStream | undefined;
    try {
      stream = await openStream(client, range, from);
      // The next stream begins at the last revision seen, not behind it: etcd reports no progress to a watch whose
      // beginning lies in the future, and such a watch could not be told from a dead one.
      from = seen;
      for await (const response of readAll(stream, signal, options)) {
        backoffMs = FIRST_BACKOFF_MS;
        if (response.canceled) {
          from = resumeAfterCancel(response, seen);
          break;
        }
        const atRevision = BigInt(response.header.revision);
        if (atRevision < seen) await refuseRewind(client, range, seen);
        if (response.created) continue;
        const events = response.events.filter((event) => BigInt(event.kv.mod_revision) > seen);
        const last = events.at(-1);
        if (last !== undefined) seen = BigInt(last.kv.mod_revision);
        else if (response.events.length > 0) continue;
        else if (atRevision > seen) seen = atRevision;
        from = seen;
        yield { events: events.map(toKeyEvent), revision: String(seen) };
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (thrown instanceof StoreError && thrown.reason === 'Expired') throw thrown;
      options.onRetry?.(thrown);
    } finally {
      if (stream !== undefined) closeStream(stream);
    }
    await delay(backoffMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
  }
}

async function openStream(client: Etcd3, range: KeyRange, fromRevision: bigint): Promise<WatchStream> {
  const stream = (await client.watchClient.watch()) as unknown as WatchStream;
  stream.write({
    create_request: { key: range.start, range_end: range.end, start_revision: String(fromRevision), prev_kv: true, progress_notify: true },
  });
  return stream;
}

/** Where to begin again. A compaction right behind the last revision seen cost no event; any later one did. */
function resumeAfterCancel(response: IWatchResponse, seen: bigint): bigint {
  const compacted = BigInt(response.compact_revision);
  if (compacted === seen + 1n) return compacted;
  if (compacted > seen) throw new StoreError('Expired', `revision ${seen} has been compacted, up to ${compacted}`);
  throw new Error(`etcd canceled the watch: ${response.cancel_reason}`);
}

/** A member may lag; whether the whole store lost revisions that were seen, only a linearizable read can tell. */
async function refuseRewind(client: Etcd3, range: KeyRange, seen: bigint): Promise<void> {
  const { header } = await client.kv.range({ key: range.start, range_end: range.end, count_only: true });
  if (BigInt(header.revision) < seen) {
    throw new StoreError('Expired', `etcd is at revision ${header.revision}, behind ${seen} that was seen before: it lost data`);
  }
}

function toKeyEvent(event: IWatchResponse['events'][number]): KeyEvent {
  const { kv, prev_kv: previousKv } = event;
  const type = event.type === 'Delete' ? 'delete' : 'put';
  return {
    type,
    key: kv.key.toString(),
    value: kv.value,
    previous: previousKv ? previousKv.value : undefined,
    created: type === 'put' && kv.create_revision === kv.mod_revision,
    revision: kv.mod_revision,
  };
}

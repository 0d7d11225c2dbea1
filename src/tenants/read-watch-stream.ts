import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { IWatchRequest, IWatchResponse } from 'etcd3';

export type WatchStream = ClientDuplexStream<IWatchRequest, IWatchResponse>;

/** When a watch stream counts as silent, in milliseconds. */
export interface SilenceLimits {
  /** Silence after which etcd is asked for a progress report. */
  readonly askAfterMs: number;
  /** Silence after which the stream is given up. */
  readonly deadAfterMs: number;
}

const DEFAULT_LIMITS: SilenceLimits = { askAfterMs: 1_000, deadAfterMs: 3_000 };

/**
 * The responses of `stream`, until `signal` is aborted (then it returns). Only silence while somebody waits for a message
 * counts: a slow reader is not a dead stream. Throws when the stream breaks, ends, or stays silent although etcd was asked.
 */
export async function* readAll(
  stream: WatchStream,
  signal: AbortSignal,
  limits: Partial<SilenceLimits>,
): AsyncGenerator<IWatchResponse, void, void> {
  const { askAfterMs, deadAfterMs } = { ...DEFAULT_LIMITS, ...limits };
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<IWatchResponse>;
  const cancel = () => closeStream(stream);
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  let pending = iterator.next();
  let silentForMs = 0;
  // Asked before the watch has begun, etcd may report progress over events that the watch has still to be told of, or has lost.
  let hasBegun = false;
  try {
    for (;;) {
      const result = await within(pending, askAfterMs);
      if (signal.aborted) return;
      if (result === 'silent') {
        silentForMs += askAfterMs;
        if (silentForMs >= deadAfterMs) throw await abandon(stream, pending, silentForMs);
        if (hasBegun) stream.write({ progress_request: {} });
        continue;
      }
      if (result.done) throw new Error('etcd ended the watch stream');
      silentForMs = 0;
      hasBegun = true;
      yield result.value;
      pending = iterator.next();
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    // The read that is still under way fails when the caller closes the stream; nobody is left to hear of it.
    pending.catch(() => undefined);
  }
}

/** Ends before it cancels: the library takes a cancelled stream that is still writable for a broken host and drops its connections. */
export function closeStream(stream: WatchStream): void {
  stream.end();
  stream.cancel();
}

/** The opposite: its connection may be dead and look alive, so the library shall take the host for broken and connect anew. */
async function abandon(stream: WatchStream, pending: Promise<unknown>, silentForMs: number): Promise<Error> {
  stream.cancel();
  await pending.catch(() => undefined);
  return new Error(`etcd watch stream silent for ${silentForMs} ms`);
}

async function within<T>(pending: Promise<T>, ms: number): Promise<T | 'silent'> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([pending, new Promise<'silent'>((resolve) => (timer = setTimeout(resolve, ms, 'silent')))]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the main thread and those that serve ext_proc tell each other. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Config } from '../../config/config.ts';
import type { RefusedRequest } from '../../operator-page/refused-request.ts';
import type { RecordBatch } from '../records/relay.ts';

/** Given to a thread at its beginning. */
export interface ThreadData {
  /** What is in force, which need not be what the file says by now. */
  readonly config: Config;
  /** Which of the threads it is, from 0. */
  readonly index: number;
  readonly socketPath: string;
  readonly cursorKey: Uint8Array;
  /** The counts of all threads; this one's column is its index. */
  readonly limitsBuffer: SharedArrayBuffer;
}

export type ToThread =
  /** Take no more exchanges, let those that run come to an end, and end. */
  | { readonly type: 'drain'; readonly graceMs: number }
  /** End watches as upstream ends those whose time is over, and go on. */
  | { readonly type: 'endWatches' }
  /** What is in force from now on. */
  | { readonly type: 'config'; readonly config: Config }
  | { readonly type: 'metrics'; readonly id: number }
  /** So many records have been taken. */
  | { readonly type: 'recordsTaken'; readonly count: number };

export type FromThread =
  /** Serves; what is missing, if anything is. Told at the beginning and at each change. */
  | { readonly type: 'state'; readonly missing: readonly string[] }
  | { readonly type: 'metrics'; readonly id: number; readonly metrics: ThreadMetrics }
  /** Since they were told last. */
  | { readonly type: 'refusals'; readonly refused: readonly RefusedRequest[] }
  | RecordBatch;

export type ThreadMetrics = MetricObjectWithValues<MetricValue<string>>[];

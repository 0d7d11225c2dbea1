/** What the main thread and those that serve ext_proc tell each other. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { RecordBatch } from '../records/relay.ts';
import type { RequestLogMode } from '../records/settings.ts';

/** Given to a thread at its beginning. */
export interface ThreadData {
  readonly configFile: string;
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
  | { readonly type: 'metrics'; readonly id: number }
  /** So many records have been taken. */
  | { readonly type: 'recordsTaken'; readonly count: number }
  | { readonly type: 'requestLog'; readonly requests: RequestLogMode };

export type FromThread =
  /** Serves; what is missing, if anything is. Told at the beginning and at each change. */
  | { readonly type: 'state'; readonly missing: readonly string[] }
  | { readonly type: 'metrics'; readonly id: number; readonly metrics: ThreadMetrics }
  | RecordBatch;

export type ThreadMetrics = MetricObjectWithValues<MetricValue<string>>[];

/**
 * A process of its own that holds watches and notes when stamped objects arrive in them, told what to do by `watch-client-process.ts`:
 * its CPU time is not that of what is measured.
 */
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { readStamp } from './event-stamp.ts';
import { Http2Client } from './http2-client.ts';
import { inParallel } from './in-parallel.ts';
import { type InformerEvents, startInformer } from './informer.ts';

/** One connection and its watches. */
export interface WatchTarget {
  readonly kubeconfig: string;
  /** Collections to watch. */
  readonly paths: readonly string[];
  /** Whose objects alone may be seen; anybody's without it. */
  readonly tenantId?: string;
}

export interface Arrivals {
  readonly events: Float64Array;
  /** Milliseconds from the write's sending, in the order of `events`. */
  readonly latencies: Float64Array;
  readonly repeated: number;
  /** Objects of another tenant. */
  readonly foreign: number;
  /** How often a watch came to an end although nobody ended it, and was taken up where it was. */
  readonly ended: number;
  /** How often that was not possible, and it had to begin with a list again. */
  readonly expired: number;
  /** Watches that have ended for good. */
  readonly dead: number;
}

export type WatchClientRequest =
  | { readonly ask: 'open'; readonly targets: readonly WatchTarget[] }
  | { readonly ask: 'count' }
  /** What has arrived since it was asked the last time. */
  | { readonly ask: 'take' };

export type WatchClientAnswer = { readonly opened: number } | { readonly count: number } | Arrivals | { readonly failure: string };

/** Informers that start at once: a thousand tenants do not begin in the same moment. */
const OPENING = 8;

let latencies = new Map<number, number>();
let repeated = 0;
let foreign = 0;
let ended = 0;
let expired = 0;
let dead = 0;

async function openTarget({ kubeconfig, paths, tenantId }: WatchTarget): Promise<void> {
  const client = await Http2Client.open(readKubeconfig(kubeconfig));
  const events: InformerEvents = {
    onEvent: (line, arrivedAt) => note(line, arrivedAt, tenantId),
    onEnd: () => ended++,
    onExpired: () => expired++,
    onDead: (thrown) => {
      dead++;
      console.error(`a watch of ${tenantId ?? 'upstream'} does not go on: ${thrown}`);
    },
  };
  await Promise.all(paths.map((path) => startInformer(client, path, events)));
}

function note(line: Buffer, now: bigint, tenantId: string | undefined): void {
  const stamp = readStamp(line);
  if (!stamp) return;
  if (tenantId !== undefined && stamp.tenantId !== tenantId) foreign++;
  else if (latencies.has(stamp.event)) repeated++;
  else latencies.set(stamp.event, Number(now - stamp.sentAt) / 1e6);
}

function take(): Arrivals {
  const events = Float64Array.from(latencies.keys());
  const arrivals = { events, latencies: Float64Array.from(latencies.values()), repeated, foreign, ended, expired, dead };
  latencies = new Map();
  repeated = foreign = ended = expired = 0;
  return arrivals;
}

async function answer(request: WatchClientRequest): Promise<WatchClientAnswer> {
  if (request.ask === 'count') return { count: latencies.size };
  if (request.ask === 'take') return take();
  await inParallel(request.targets, OPENING, openTarget);
  return { opened: request.targets.reduce((sum, { paths }) => sum + paths.length, 0) };
}

process.on('message', (request: WatchClientRequest) => {
  answer(request).then(
    (result) => process.send?.(result),
    (thrown: unknown) => process.send?.({ failure: String(thrown) }),
  );
});
// Its parent is gone: nobody will ask any more.
process.once('disconnect', () => process.exit());

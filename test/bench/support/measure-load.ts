import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Http2Client } from './http2-client.ts';
import { writePaced } from './paced-writer.ts';
import { cpuSeconds } from './process-usage.ts';
import { quantile } from './quantile.ts';
import type { Arrivals } from './watch-client.ts';
import type { WatchClientProcess } from './watch-client-process.ts';

/** Events that have not come after so long without a single one coming are lost. */
const STALLED_MS = 20_000;

export interface LoadOptions {
  readonly writer: Http2Client;
  readonly tenantIds: readonly string[];
  readonly rate: number;
  readonly seconds: number;
  /** The first number that no event has had yet. */
  readonly firstEvent: number;
  /** One watch of the whole cluster, straight at upstream. */
  readonly direct: WatchClientProcess;
  /** The tenants' watches; undefined while there are none. */
  readonly gateway: WatchClientProcess | undefined;
  /** Whose CPU time is told, by name. */
  readonly pids: Readonly<Record<string, number>>;
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** What the watches of one side went through, and how many of the written events came. */
export interface Side extends Latencies, Pick<Arrivals, 'repeated' | 'foreign' | 'ended' | 'expired' | 'dead'> {
  readonly delivered: number;
}

export interface Load {
  readonly written: number;
  readonly failed: number;
  /** Of written events, a second. */
  readonly rate: number;
  readonly direct: Side;
  readonly gateway: Side | undefined;
  /** Later through the gateway than straight, of the same event. */
  readonly later: Latencies | undefined;
  /** By process, from the first write to the last arrival, a thousand events. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
  readonly nextEvent: number;
}

/** Writes at a pace, waits for what was written to arrive everywhere, and says how that went. */
export async function measureLoad(options: LoadOptions): Promise<Load> {
  const { writer, tenantIds, direct, gateway, pids } = options;
  const readCpu = () => new Map(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]));
  const before = readCpu();
  const { events, failed, seconds } = await writePaced(writer, tenantIds, options);
  const watching = gateway ? [direct, gateway] : [direct];
  await Promise.all(watching.map((client) => awaitEvents(client, events.length)));
  const after = readCpu();
  const straight = await direct.take();
  const through = await gateway?.take();
  return {
    written: events.length,
    failed,
    rate: events.length / seconds,
    direct: sideOf(straight, events),
    gateway: through && sideOf(through, events),
    later: through && differences(straight, through),
    cpuSeconds: new Map([...after].map(([name, used]) => [name, ((used - before.get(name)!) / events.length) * 1000])),
    nextEvent: options.firstEvent + events.length + failed,
  };
}

/** Resolves when so many have come, or none any more. */
async function awaitEvents(client: WatchClientProcess, expected: number): Promise<void> {
  let last = { count: -1, at: 0 };
  const isOver = async () => {
    const count = await client.count();
    if (count !== last.count) last = { count, at: performance.now() };
    return count >= expected || performance.now() - last.at > STALLED_MS;
  };
  await waitUntil('the events to arrive', isOver, { timeoutMs: 600_000, intervalMs: 100 });
}

function sideOf({ events, latencies, ...others }: Arrivals, expected: readonly number[]): Side {
  const seen = new Set(events);
  return { ...latenciesOf(latencies), delivered: expected.filter((event) => seen.has(event)).length, ...others };
}

function differences(straight: Arrivals, through: Arrivals): Latencies {
  const direct = new Map(Array.from(straight.events, (event, index) => [event, straight.latencies[index]!]));
  const later = Array.from(through.events, (event, index) => through.latencies[index]! - (direct.get(event) ?? Number.NaN));
  return latenciesOf(later.filter((difference) => !Number.isNaN(difference)));
}

function latenciesOf(milliseconds: Iterable<number>): Latencies {
  return { p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99) };
}

import type { UpstreamRequest, UpstreamTransport } from '../../../src/upstream/upstream-client.ts';

const WARM_UP = 5;
const ROUNDS = 30;
/** A list that takes longer has its turn in every fifth round alone: there is less to tell apart in it, and the run has to end. */
const SLOW_MS = 1000;
const SLOW_EVERY = 5;
const TIMEOUT_MS = 300_000;

/** One way to read a list: in one request, or in several at once. */
export interface ListCase {
  readonly title: string;
  readonly client: UpstreamTransport;
  readonly requests: readonly UpstreamRequest[];
}

export interface Measured {
  /** Milliseconds until the whole answer was there. */
  readonly times: readonly number[];
  /** Of the answers' bodies. */
  readonly bytes: number;
  /** What was read upstream for one list; undefined where nothing counts it. */
  readonly upstreamBytes: number | undefined;
}

/**
 * Measures the cases by turns, so that a busy machine slows all alike. `readUpstreamBytes` gives a counter's value; it is read
 * around one more list of each case, apart from those that are timed.
 */
export async function measureLists(
  cases: readonly ListCase[],
  readUpstreamBytes: () => Promise<number | undefined>,
): Promise<Map<ListCase, Measured>> {
  const runs = cases.map((one) => ({ one, times: [] as number[], last: 0, bytes: 0 }));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const run of runs) {
      if (run.last > SLOW_MS && round % SLOW_EVERY !== 0) continue;
      const before = performance.now();
      run.bytes = await list(run.one);
      run.last = performance.now() - before;
      if (round >= 0) run.times.push(run.last);
    }
  }
  const measured = new Map<ListCase, Measured>();
  for (const { one, times, bytes } of runs) {
    const before = await readUpstreamBytes();
    await list(one);
    const after = await readUpstreamBytes();
    measured.set(one, { times, bytes, upstreamBytes: before === undefined || after === undefined ? undefined : after - before });
  }
  return measured;
}

/** The objects, or rows, in the answers of a case that asks for JSON. */
export async function countItems({ title, client, requests }: ListCase): Promise<number> {
  let count = 0;
  for (const request of requests) {
    const { status, body } = await client.request({ ...request, timeoutMs: TIMEOUT_MS });
    if (status !== 200) throw new Error(`${title} (${status}): ${body}`);
    const { items, rows } = JSON.parse(body.toString()) as { items?: unknown[]; rows?: unknown[] };
    count += (items ?? rows ?? []).length;
  }
  return count;
}

async function list({ title, client, requests }: ListCase): Promise<number> {
  const answers = await Promise.all(requests.map((request) => client.request({ ...request, timeoutMs: TIMEOUT_MS })));
  for (const { status, body } of answers) if (status !== 200) throw new Error(`${title} (${status}): ${body}`);
  return answers.reduce((sum, { body }) => sum + body.length, 0);
}

/** A thread that takes and gives back as fast as it can, and notes in memory of the test's own how many there were at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { EffectiveLimits } from '../../../../src/limits/effective-limits.ts';
import { attachLimits, type Grant } from '../../../../src/limits/limits.ts';

export interface HammerData {
  readonly buffer: SharedArrayBuffer;
  readonly column: number;
  readonly limits: EffectiveLimits;
  readonly tenantIds: readonly string[];
  /** Held at a time by this thread, at most. */
  readonly depth: number;
  /** After so many attempts it gives all back. Undefined: until the time is up. */
  readonly attempts: number | undefined;
  /** Undefined: for ever. */
  readonly seconds?: number;
  /** For each tenant two words: how many are held, and the most that were. */
  readonly noted: SharedArrayBuffer;
  readonly isWrite: boolean;
}

const data = workerData as HammerData;
const limits = attachLimits(data.buffer, data.column);
const noted = new Int32Array(data.noted);
/** What it says at its end. */
export interface HammerResult {
  readonly admitted: number;
  readonly attempts: number;
  /** Nanoseconds of the clock that all threads share. */
  readonly begun: bigint;
  readonly ended: bigint;
}

const begun = process.hrtime.bigint();
const endAt = begun + BigInt(Math.round((data.seconds ?? 1e9) * 1e9));
const held: { grant: Grant; tenant: number }[] = [];
let admitted = 0;

let attempt = 0;
for (; attempt < (data.attempts ?? Number.POSITIVE_INFINITY) && process.hrtime.bigint() < endAt; attempt += 1) {
  const tenant = attempt % data.tenantIds.length;
  if (held.length >= data.depth || (held.length > 0 && Math.random() < 0.4)) giveBack();
  try {
    const grant = limits.admit(data.tenantIds[tenant]!, data.limits, { isLongRunning: false, isWrite: data.isWrite });
    admitted += 1;
    const now = Atomics.add(noted, tenant * 2, 1) + 1;
    for (let most = Atomics.load(noted, tenant * 2 + 1); most < now; most = Atomics.load(noted, tenant * 2 + 1)) {
      Atomics.compareExchange(noted, tenant * 2 + 1, most, now);
    }
    held.push({ grant, tenant });
  } catch {
    if (held.length > 0) giveBack();
  }
  if (attempt === 1000) parentPort!.postMessage({ begun: true });
}
while (held.length > 0) giveBack();
parentPort!.postMessage({ admitted, attempts: attempt, begun, ended: process.hrtime.bigint() } satisfies HammerResult);

function giveBack(): void {
  const [{ grant, tenant }] = held.splice(Math.floor(Math.random() * held.length), 1) as [{ grant: Grant; tenant: number }];
  Atomics.sub(noted, tenant * 2, 1);
  grant.release();
}

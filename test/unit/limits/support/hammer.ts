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
  /** Attempts; then it gives all back. Undefined: until it is ended. */
  readonly attempts: number | undefined;
  /** For each tenant two words: how many are held, and the most that were. */
  readonly noted: SharedArrayBuffer;
  readonly isWrite: boolean;
}

const data = workerData as HammerData;
const limits = attachLimits(data.buffer, data.column);
const noted = new Int32Array(data.noted);
const held: { grant: Grant; tenant: number }[] = [];
let admitted = 0;

for (let attempt = 0; data.attempts === undefined || attempt < data.attempts; attempt += 1) {
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
parentPort!.postMessage({ admitted });

function giveBack(): void {
  const [{ grant, tenant }] = held.splice(Math.floor(Math.random() * held.length), 1) as [{ grant: Grant; tenant: number }];
  Atomics.sub(noted, tenant * 2, 1);
  grant.release();
}

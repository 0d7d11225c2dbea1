import assert from 'node:assert/strict';
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ThreadMetrics } from '../../../../src/gateway/threads/messages.ts';
import { ThreadNumbers } from '../../../../src/gateway/threads/thread-numbers.ts';
import { samplesOf } from '../../../helpers/prometheus-text.ts';

/** What a thread has to say that has counted so much, and has so much open. */
async function numbersOf(count: number): Promise<ThreadMetrics> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'done_total', help: 'x', labelNames: ['verb'], registers }).inc({ verb: 'get' }, count);
  new Gauge({ name: 'open', help: 'x', registers }).set(count);
  const times = new Histogram({ name: 'time_seconds', help: 'x', buckets: [1, 2], registers });
  for (let each = 0; each < count; each++) times.observe(1.5);
  // As it comes out of a message.
  return structuredClone(await registry.getMetricsAsJSON()) as ThreadMetrics;
}

async function toldBy(numbers: ThreadNumbers): Promise<Record<string, number | undefined>> {
  const text = await AggregatorRegistry.aggregate(numbers.all).metrics();
  const first = (name: string) => samplesOf(text, name)[0]?.value;
  return { done: first('done_total'), open: first('open'), count: first('time_seconds_count'), le1: first('time_seconds_bucket') };
}

describe('ThreadNumbers', () => {
  it('keeps what threads counted that are no more, and nothing of what they had open', async () => {
    const numbers = new ThreadNumbers();
    numbers.heard(0, await numbersOf(3));
    for (const count of [5, 7, 11]) {
      numbers.heard(1, await numbersOf(count));
      numbers.retire(1);
    }
    assert.deepEqual(await toldBy(numbers), { done: 26, open: 3, count: 26, le1: 0 });
    numbers.heard(1, await numbersOf(1));
    assert.deepEqual(await toldBy(numbers), { done: 27, open: 4, count: 27, le1: 0 });
  });

  it('takes the last word of a thread that has no time to say more', async () => {
    const numbers = new ThreadNumbers();
    numbers.heard(0, await numbersOf(3));
    numbers.heard(0, undefined);
    assert.equal((await toldBy(numbers)).done, 3);
  });
});

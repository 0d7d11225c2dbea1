import assert from 'node:assert/strict';
import { createControllerMetrics } from '../../../src/controller/metrics/controller-metrics.ts';
import { LoopState } from '../../../src/controller/metrics/loop-state.ts';
import { WorkQueue } from '../../../src/controller/queue.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { samplesOf } from '../../helpers/prometheus-text.ts';

const tenantOf = (phase: string, deletionTimestamp?: string) =>
  ({ metadata: { name: 'x', ...(deletionTimestamp && { deletionTimestamp }) }, spec: {}, status: { phase } }) as unknown as Tenant;

describe('createControllerMetrics', () => {
  it('tells what a queue does: what waits, what fails, how it ends', async () => {
    const metrics = createControllerMetrics(['default'], []);
    const loop = metrics.loop('default');
    const state = loop.begin();
    const running = Promise.withResolvers<undefined>();
    const failed = Promise.withResolvers<void>();
    const queue = new WorkQueue({
      workers: 1,
      work: async (key) => {
        if (key === 'bad') throw new Error('no');
        return key === 'slow' ? await running.promise : { retryAfterMs: 60_000 };
      },
      onError: () => failed.resolve(),
      observer: loop.observer('tenants', (key) => (key === 'platform' ? key : 'tenant')),
    });
    state.queues.set('tenants', queue);
    queue.add('bad');
    await failed.promise;
    for (const key of ['platform', 'slow', 'one', 'two', 'two']) queue.add(key);
    await new Promise(setImmediate);
    const text = await metrics.registry.metrics();
    const valueOfQueue = (name: string) => samplesOf(text, `kubezoo_${name}`).find(({ labels }) => labels.name === 'tenants')?.value;
    assert.equal(valueOfQueue('workqueue_depth'), 2);
    assert.equal(valueOfQueue('controller_active_workers'), 1);
    assert.equal(valueOfQueue('workqueue_failing'), 1);
    assert.equal(valueOfQueue('workqueue_retries_total'), 1);
    assert.equal(valueOfQueue('workqueue_adds_total'), 5);
    assert.equal(valueOfQueue('workqueue_queue_duration_seconds_count'), 3);
    const results = samplesOf(text, 'kubezoo_controller_reconcile_total').filter(({ value }) => value > 0);
    assert.deepEqual(results.map(({ labels: { controller, result } }) => `${controller} ${result}`).sort(), [
      'platform requeue_after',
      'tenant error',
    ]);
    const successes = samplesOf(text, 'kubezoo_controller_last_success_timestamp_seconds');
    assert.deepEqual(
      successes.map(({ labels }) => labels.controller),
      ['platform'],
    );
    running.resolve(undefined);
    await queue.stop();
  });

  it('knows nothing any more when the term is over', async () => {
    const metrics = createControllerMetrics(['default', 'west'], []);
    const loop = metrics.loop('default');
    loop.begin().note('demo01', tenantOf('Ready'));
    const ready = async () =>
      samplesOf(await metrics.registry.metrics(), 'kubezoo_controller_tenants')
        .filter(({ labels }) => labels.phase === 'Ready')
        .map(({ labels, value }) => [labels.upstream, value]);
    assert.deepEqual(await ready(), [
      ['default', 1],
      ['west', 0],
    ]);
    loop.end();
    assert.deepEqual(await ready(), [
      ['default', 0],
      ['west', 0],
    ]);
  });

  it('is not ready while it leads and policies are not in force; one that waits is', () => {
    const metrics = createControllerMetrics(['default'], []);
    assert.equal(metrics.notReady(), undefined);
    metrics.isLeading = true;
    assert.match(metrics.notReady() ?? '', /^platform: .*default/);
    const state = metrics.loop('default').begin();
    assert.match(metrics.notReady() ?? '', /^platform: /);
    state.isPlatformInstalled = () => true;
    assert.equal(metrics.notReady(), undefined);
  });
});

describe('LoopState', () => {
  it('counts tenants by phase, and knows which has been going for longest', () => {
    const state = new LoopState();
    state.note('demo01', tenantOf('Ready'));
    state.note('demo02', tenantOf('Pending'));
    state.note('demo02', tenantOf('Ready'));
    assert.equal(state.oldestRemovalSeconds(), 0);
    state.note('demo03', tenantOf('Ready', '2026-01-01T00:00:00Z'));
    state.note('demo04', tenantOf('Terminating', '2026-01-01T00:01:00Z'));
    assert.deepEqual(Object.fromEntries(state.phases()), { Ready: 2, Terminating: 2 });
    assert.equal(state.oldestRemovalSeconds(Date.parse('2026-01-01T01:00:00Z')), 3600);
    state.note('demo03', undefined);
    assert.equal(state.oldestRemovalSeconds(Date.parse('2026-01-01T01:00:00Z')), 3540);
    state.restart();
    assert.equal(state.phases().size, 0);
  });
});

import assert from 'node:assert/strict';
import { checkConfig } from '../../../src/config/config.ts';
import { LiveConfig } from '../../../src/config/live-config.ts';
import { MINIMAL } from './minimal.ts';

const read = (more = '') => checkConfig('x', MINIMAL + more);
const names = (paths: readonly string[][]) => paths.map((path) => path.join('.')).sort();

describe('LiveConfig', () => {
  it('has in force what was read first, and can be copied', () => {
    const live = new LiveConfig(read('logLevel: warn\nlimits: {slots: 64}\n'));
    assert.deepEqual(JSON.parse(JSON.stringify(live.config)), JSON.parse(JSON.stringify(read('logLevel: warn\nlimits: {slots: 64}\n'))));
    assert.equal(structuredClone({ ...live.config }).logLevel, 'warn');
  });

  it('puts in force what can be, tells which, and keeps the rest', () => {
    const live = new LiveConfig(read('workers: 2\nlimits: {maxRequestsInflight: 5}\n'));
    const { config } = live;
    let calls = 0;
    live.onChange(() => {
      calls += 1;
    });
    const change = live.replace(
      read('workers: 3\nlogLevel: debug\nlimits: {maxRequestsInflight: 6, slots: 64}\netcd: {username: a, passwordFile: b}\n'),
    );
    assert.deepEqual(names(change.applied), ['limits.maxRequestsInflight', 'logLevel']);
    assert.deepEqual(names(change.pending), ['etcd.passwordFile', 'etcd.username', 'limits.slots', 'workers']);
    assert.deepEqual([config.workers, config.logLevel, config.limits, config.etcd], [2, 'debug', { maxRequestsInflight: 6 }, undefined]);
    assert.equal(calls, 1);
  });

  it('tells nothing where nothing has changed, and that nothing waits when a change is taken back', () => {
    const live = new LiveConfig(read('workers: 2\n'));
    live.onChange(() => assert.fail('nothing has changed'));
    assert.deepEqual(live.replace(read('workers: 2\n')), { applied: [], pending: [] });
    assert.deepEqual(names(live.replace(read()).pending), ['workers']);
    assert.deepEqual(live.replace(read('workers: 2\n')), { applied: [], pending: [] });
  });

  it('keeps a field that takes a restart when what is around it goes, and the other way round', () => {
    const live = new LiveConfig(read('limits: {slots: 64, burst: 3}\n'));
    const gone = live.replace(read());
    assert.deepEqual([names(gone.applied), names(gone.pending), live.config.limits], [['limits.burst'], ['limits.slots'], { slots: 64 }]);
    const none = new LiveConfig(read());
    const come = none.replace(read('limits: {slots: 64}\n'));
    assert.deepEqual([names(come.pending), none.config.limits], [['limits.slots'], {}]);
  });

  it('takes a list as one', () => {
    const live = new LiveConfig(read());
    const change = live.replace(read('sharedResources: [{group: a.b, resource: c, scope: Cluster}]\n'));
    assert.deepEqual(change, { applied: [], pending: [['sharedResources']] });
  });
});

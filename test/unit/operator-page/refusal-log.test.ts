import assert from 'node:assert/strict';
import { RefusalLog } from '../../../src/operator-page/refusal-log.ts';
import type { RefusedRequest } from '../../../src/operator-page/refused-request.ts';

const MINUTE = 60_000;
/** At the beginning of a minute. */
const T0 = 1_700_000_040_000;

function refused(change: Partial<RefusedRequest> = {}): RefusedRequest {
  const at = change.at ?? T0;
  return {
    at,
    lastAt: at,
    count: 1,
    tenantId: 'demo01',
    user: 'admin',
    verb: 'get',
    resource: 'pods',
    code: 403,
    reason: 'Forbidden',
    message: 'no',
    ...change,
  };
}
const tooMany = (change: Partial<RefusedRequest> = {}) => refused({ code: 429, reason: 'TooManyRequests', message: 'wait', ...change });

describe('RefusalLog', () => {
  it('sums 429 of a tenant within a minute, whatever was asked, with the last trace', () => {
    const log = new RefusalLog();
    log.add(tooMany({ traceId: 'aa' }));
    log.add(tooMany({ at: T0 + 30_000, verb: 'list', resource: 'secrets' }));
    log.add(tooMany({ at: T0 + 30_000, tenantId: 'demo02' }));
    log.add(tooMany({ at: T0 + MINUTE }));
    assert.deepEqual(
      log.rows().map(({ tenantId, count, at, lastAt, traceId, resource }) => [tenantId, count, at - T0, lastAt - T0, traceId, resource]),
      [
        ['demo01', 1, MINUTE, MINUTE, undefined, 'pods'],
        ['demo02', 1, 30_000, 30_000, undefined, 'pods'],
        ['demo01', 2, 0, 30_000, 'aa', 'secrets'],
      ],
    );
  });

  it('sums others only where they are the same, within a second; of nobody known also the address', () => {
    const log = new RefusalLog();
    for (const change of [{}, { at: T0 + 999 }, { at: T0 + 1000 }, { user: 'eve' }, { resource: 'secrets' }, { message: 'never' }])
      log.add(refused(change));
    for (const clientAddress of ['10.0.0.1', '10.0.0.2', '10.0.0.1'])
      log.add(refused({ tenantId: undefined, user: undefined, code: 401, clientAddress }));
    assert.deepEqual(
      log
        .rows()
        .map(({ count }) => count)
        .sort(),
      [1, 1, 1, 1, 1, 2, 2],
    );
    assert.equal(new Set(log.rows().map(({ id }) => id)).size, 7);
  });

  it('is bounded; who is refused most makes room, so that others are still seen', () => {
    const log = new RefusalLog(50);
    log.add(refused({ tenantId: 'quiet1', at: T0 }));
    for (let index = 0; index < 5000; index += 1) log.add(refused({ at: T0 + index, resource: `pods p${index}` }));
    assert.equal(log.rows().length, 50);
    assert.equal(log.forgotten, 4951);
    assert.equal(log.rows().at(-1)!.tenantId, 'quiet1');
    assert.equal(log.rows()[0]!.resource, 'pods p4999');
  });

  it('a row that has gone does not come back by another of its kind', () => {
    const log = new RefusalLog(1);
    log.add(refused());
    log.add(refused({ resource: 'secrets', at: T0 + 1 }));
    log.add(refused({ at: T0 + 2 }));
    assert.deepEqual(
      log.rows().map(({ resource, count }) => [resource, count]),
      [['pods', 1]],
    );
  });

  it('counts minutes, also of what is summed or has gone', () => {
    const log = new RefusalLog(2);
    for (let index = 0; index < 10; index += 1) log.add(refused({ resource: `pods ${index}` }));
    log.add(tooMany({ count: 7 }));
    log.add(refused({ at: T0 + 3 * MINUTE }));
    assert.deepEqual(log.perMinute(T0 + 4 * MINUTE).slice(-6), [0, 17, 0, 0, 1, 0]);
    assert.equal(log.perMinute(T0 + 62 * MINUTE)[0], 1);
    assert.deepEqual(new Set(log.perMinute(T0 + 63 * MINUTE)), new Set([0]));
  });

  it('what one has taken another sums on: threads tell the main one', () => {
    const [thread, main] = [new RefusalLog(), new RefusalLog()];
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 100; index += 1) thread.add(tooMany({ at: T0 + round * 500 + index }));
      const told = thread.take();
      assert.equal(told.length, 1);
      for (const row of structuredClone(told)) main.add(row);
    }
    assert.deepEqual(thread.take(), []);
    assert.deepEqual(
      main.rows().map(({ count, at, lastAt }) => [count, at - T0, lastAt - T0]),
      [[300, 0, 1099]],
    );
  });
});

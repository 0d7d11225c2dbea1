import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { WorkQueue } from '../../../src/controller/queue.ts';

interface Call {
  key: string;
  finish(outcome?: { retryAfterMs: number }): void;
  fail(): void;
}

/** A queue whose work is ended by hand. */
function manualQueue(options: { workers?: number; firstDelayMs?: number; lastDelayMs?: number } = {}) {
  const calls: Call[] = [];
  const started = new EventEmitter();
  const errors: { key: string; retryInMs: number }[] = [];
  const queue = new WorkQueue({
    workers: 2,
    ...options,
    random: () => 1,
    work: (key) =>
      new Promise((resolve, reject) => {
        calls.push({ key, finish: (outcome) => resolve(outcome), fail: () => reject(new Error('no')) });
        started.emit('call');
      }),
    onError: (key, _thrown, retryInMs) => errors.push({ key, retryInMs }),
  });
  const next = async (index: number): Promise<Call> => {
    while (calls.length <= index) await once(started, 'call');
    return calls[index] as Call;
  };
  return { queue, calls, errors, next };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('WorkQueue', function () {
  // Timers of a few milliseconds, on machines that may be busy.
  this.timeout(120_000);

  it('makes one piece of work of a key that is added many times', async () => {
    const { queue, calls, next } = manualQueue({ workers: 1 });
    queue.add('a');
    queue.add('b');
    queue.add('b');
    queue.add('b');
    (await next(0)).finish();
    (await next(1)).finish();
    await settled();
    assert.deepEqual(
      calls.map(({ key }) => key),
      ['a', 'b'],
    );
  });

  it('works on a key once more that is added while it is worked on, and never twice at a time', async () => {
    const { queue, calls, next } = manualQueue();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    await settled();
    assert.equal(calls.length, 1);
    calls[0]?.finish();
    (await next(1)).finish();
    await settled();
    assert.equal(calls.length, 2);
  });

  it('uses no more than its workers, and a key that waits for itself blocks none', async () => {
    const { queue, calls, next } = manualQueue({ workers: 2 });
    for (const key of ['a', 'a', 'b', 'c', 'd']) queue.add(key);
    await settled();
    assert.deepEqual(
      calls.map(({ key }) => key),
      ['a', 'b'],
    );
    queue.add('a');
    calls[1]?.finish();
    assert.equal((await next(2)).key, 'c');
  });

  it('backs off a key that fails, doubling up to the last delay, and begins anew after a success', async () => {
    const { queue, errors, next } = manualQueue({ firstDelayMs: 1, lastDelayMs: 5 });
    queue.add('a');
    for (let index = 0; index < 5; index++) (await next(index)).fail();
    (await next(5)).finish();
    await settled();
    assert.deepEqual(
      errors.map(({ retryInMs }) => retryInMs),
      [1, 2, 4, 5, 5],
    );
    queue.add('a');
    (await next(6)).fail();
    await settled();
    assert.equal(errors.at(-1)?.retryInMs, 1);
    await queue.stop();
  });

  it('does not let a new reason wait for the end of a back-off', async () => {
    const { queue, next } = manualQueue({ firstDelayMs: 3_600_000, lastDelayMs: 3_600_000 });
    queue.add('a');
    (await next(0)).fail();
    await settled();
    queue.add('a');
    (await next(1)).finish();
    await queue.stop();
  });

  it('comes back when the work asked for it, at the earliest of several times', async () => {
    const { queue, calls, next } = manualQueue();
    queue.add('a');
    (await next(0)).finish({ retryAfterMs: 5 });
    await settled();
    queue.addAfter('a', 3_600_000);
    (await next(1)).finish();
    await settled();
    assert.equal(calls.length, 2);
    await queue.stop();
  });

  it('stops when what runs has ended, and starts nothing any more', async () => {
    const { queue, calls, next } = manualQueue({ workers: 1 });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 0);
    const running = await next(0);
    let stopped = false;
    const stop = queue.stop().then(() => {
      stopped = true;
    });
    await settled();
    assert.equal(stopped, false);
    running.fail();
    await stop;
    queue.add('d');
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(
      calls.map(({ key }) => key),
      ['a'],
    );
  });
});

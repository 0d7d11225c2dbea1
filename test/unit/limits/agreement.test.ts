import assert from 'node:assert/strict';
import { array, assert as check, constantFrom, nat, property, tuple } from 'fast-check';
import { Agreement } from '../../../src/limits/replicas/agreement.ts';
import { ReplicaWorld } from './support/replica-world.ts';

const LIMITS = [1, 2, 3, 5, 10, 100];

describe('the agreement of replicas', () => {
  const actions = array(
    tuple(constantFrom('join', 'leave', 'hear', 'hear', 'hear', 'hear', 'hear', 'publish', 'publish', 'publish'), nat({ max: 10 })),
    { minLength: 50, maxLength: 400 },
  );

  it('never lets them use more than the limit, whatever each has heard of the others, and in the end they use all of it', () => {
    check(
      property(actions, nat({ max: 1000 }), (todo, rotation) => {
        const world = new ReplicaWorld();
        world.join();
        for (const [action, choice] of todo) {
          const { names } = world;
          const name = names[choice % names.length];
          if (action === 'join' && names.length < 6) world.join();
          else if (name !== undefined && action === 'leave') world.leave(name);
          else if (name !== undefined && action === 'hear') world.hear(name);
          else if (name !== undefined && action === 'publish') world.publish(name);
          for (const limit of LIMITS) assert.ok(world.total(limit, rotation) <= limit, `${world.total(limit, rotation)} of ${limit}`);
        }
        world.settle();
        if (world.names.length > 0) for (const limit of LIMITS) assert.equal(world.total(limit, rotation), limit);
      }),
      { numRuns: 400 },
    );
  });

  it('gives one that is alone everything, as soon as its own word has come back', () => {
    const alone = new Agreement('a');
    assert.deepEqual(alone.observe(new Map([['a', []]])), { divisions: [], toPublish: ['a'], isAgreed: false });
    assert.deepEqual(alone.observe(new Map([['a', ['a']]])), { divisions: [{ count: 1, index: 0 }], toPublish: undefined, isAgreed: true });
  });

  it('leaves one that is not among the members with what it has', () => {
    const one = new Agreement('a');
    one.observe(new Map([['a', ['a']]]));
    assert.deepEqual(one.observe(new Map([['b', ['b']]])).divisions, [{ count: 1, index: 0 }]);
  });

  it('makes one a newcomer whose name another has', () => {
    const one = new Agreement('a');
    one.observe(new Map([['a', ['a']]]));
    one.startAnew('a-2');
    const seen = new Map([
      ['a', ['a']],
      ['a-2', []],
    ]);
    assert.deepEqual(one.observe(seen), { divisions: [], toPublish: ['a', 'a-2'], isAgreed: false });
  });
});

import assert from 'node:assert/strict';
import { array, assert as check, constantFrom, nat, property, tuple } from 'fast-check';
import { Agreement } from '../../../src/limits/replicas/agreement.ts';
import { ReplicaWorld } from './support/replica-world.ts';

const LIMITS = [1, 2, 3, 5, 10, 100];

describe('the agreement of replicas', () => {
  const actions = array(
    tuple(
      constantFrom('join', 'leave', 'turn', 'withdraw', 'hear', 'hear', 'hear', 'hear', 'hear', 'publish', 'publish', 'publish'),
      nat({ max: 10 }),
    ),
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
          else if (name !== undefined && action === 'turn') world.askTurn(name);
          else if (name !== undefined && action === 'withdraw') world.withdrawTurn(name);
          else if (name !== undefined && action === 'publish') world.publish(name);
          for (const limit of LIMITS) assert.ok(world.total(limit, rotation) <= limit, `${world.total(limit, rotation)} of ${limit}`);
        }
        world.settle();
        if (world.names.length > 0) for (const limit of LIMITS) assert.equal(world.total(limit, rotation), limit);
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives each a small limit in its turn', () => {
    const world = new ReplicaWorld();
    for (let count = 0; count < 3; count += 1) world.join();
    world.settle();
    const holders = [0, 1, 2].map((turn) => {
      const holder = world.names.filter((name) => world.share(name, 1, 7) === 1);
      assert.equal(holder.length, 1);
      world.askTurn(world.names[turn]!);
      world.settle();
      return holder[0];
    });
    assert.deepEqual(holders.sort(), world.names);
  });

  it('is as before when a turn to which not all have agreed is withdrawn', () => {
    const world = new ReplicaWorld();
    for (let count = 0; count < 3; count += 1) world.join();
    world.settle();
    const sharesNow = () => world.names.map((name) => world.share(name, 1, 7));
    const [before, wanting, third] = [sharesNow(), world.names[0]!, world.names[2]!];
    world.askTurn(wanting);
    world.publish(wanting);
    for (let count = 0; count < 9; count += 1) world.hear(third);
    world.publish(third);
    world.withdrawTurn(wanting);
    world.settle();
    assert.deepEqual(sharesNow(), before);
    world.askTurn(wanting);
    world.settle();
    assert.notDeepEqual(sharesNow(), before);
  });

  const parting = (...members: string[]) => ({ members, turn: 0, wish: 0 });

  it('gives one that is alone everything, as soon as its own word has come back', () => {
    const alone = new Agreement('a');
    const first = alone.observe(new Map([['a', parting()]]));
    assert.deepEqual([first.divisions, first.toPublish?.published, first.isAgreed], [[], parting('a'), false]);
    assert.deepEqual(alone.observe(new Map([['a', parting('a')]])), {
      divisions: [{ count: 1, index: 0 }],
      toPublish: undefined,
      isAgreed: true,
    });
  });

  it('leaves one that is not among the members with what it has', () => {
    const one = new Agreement('a');
    one.observe(new Map([['a', parting('a')]]));
    assert.deepEqual(one.observe(new Map([['b', parting('b')]])).divisions, [{ count: 1, index: 0 }]);
  });

  it('makes one a newcomer whose name another has', () => {
    const one = new Agreement('a');
    one.observe(new Map([['a', parting('a')]]));
    one.startAnew('a-2');
    const seen = new Map([
      ['a', parting('a')],
      ['a-2', parting()],
    ]);
    const { divisions, toPublish } = one.observe(seen);
    assert.deepEqual([divisions, toPublish?.published, toPublish?.isOnlyTurn], [[], parting('a', 'a-2'), false]);
  });
});

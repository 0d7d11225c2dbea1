/** Several gateways at once, each late by chance: the order of their writes alone keeps the limit. */
import assert from 'node:assert/strict';
import { ShareSettler } from '../../../src/controller/quota/settle-shares.ts';
import { ONE } from '../../../src/quota/quantity.ts';
import { RoomKeeper } from '../../../src/quota/room-keeper.ts';
import { listTenantQuotas, sharesAmong } from '../../../src/quota/shares.ts';
import { QuotaWorld, WORLD_TENANT } from './support/quota-world.ts';

const NAMESPACES = ['demo01-a', 'demo01-b', 'demo01-c', 'demo01-d'];
const LIMIT = 9;
const PODS = { group: '', version: 'v1', resource: 'pods' };
const ONE_POD = new Map([['pods', ONE]]);

/** mulberry32: the same numbers each time. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('room for namespaces, by several gateways', function () {
  this.timeout(120_000);

  it('what one was about to raise when others had taken its room back is not raised', async () => {
    const world = new QuotaWorld(LIMIT, NAMESPACES, numbersFrom(5));
    const [late, quick] = [new RoomKeeper(world), new RoomKeeper(world)];
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: isHeld, resolve: onHeld } = Promise.withResolvers<void>();
    world.hold = ({ method, path }) => {
      if (method !== 'PATCH' || !path.includes('demo01-a/') || !path.endsWith('/status')) return undefined;
      world.hold = () => undefined;
      onHeld();
      return released;
    };
    const lateAnswer = late.makeRoom(WORLD_TENANT, 'demo01-a', ONE_POD, PODS);
    await isHeld;
    const all = new Map([['pods', BigInt(LIMIT) * ONE]]);
    assert.deepEqual(await quick.makeRoom(WORLD_TENANT, 'demo01-b', all, PODS), { kind: 'room' });
    for (let i = 0; i < LIMIT; i++) assert.equal(await world.admit('demo01-b'), true);
    release();
    assert.equal((await lateAnswer).kind, 'exceeded');
    assert.equal(await world.admit('demo01-a'), false);
  });

  it('what was missed in a count is seen, and put right', async () => {
    const world = new QuotaWorld(LIMIT, NAMESPACES, numbersFrom(6));
    const keeper = new RoomKeeper(world);
    for (let i = 0; i < LIMIT; i++) {
      const namespace = NAMESPACES[i % 2]!;
      assert.equal((await keeper.makeRoom(WORLD_TENANT, namespace, ONE_POD, PODS)).kind, 'room');
      assert.equal(await world.admit(namespace), true);
    }
    world.miss('demo01-a');
    assert.equal((await keeper.makeRoom(WORLD_TENANT, 'demo01-a', ONE_POD, PODS)).kind, 'exceeded');
    assert.equal(await world.admit('demo01-a'), false);
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`never passes the limit, and reaches it (${seed})`, async () => {
      const random = numbersFrom(seed);
      const world = new QuotaWorld(LIMIT, NAMESPACES, random);
      const keepers = [1, 2, 3].map(() => new RoomKeeper(world));
      const anyNamespace = () => NAMESPACES[Math.floor(random() * NAMESPACES.length)]!;
      const create = async (keeper: RoomKeeper, namespace: string) => {
        const answer = await keeper.makeRoom(WORLD_TENANT, namespace, ONE_POD, PODS);
        return answer.kind === 'room' ? await world.admit(namespace) : answer;
      };
      const settler = new ShareSettler();
      await Promise.all([
        ...keepers.flatMap((keeper) =>
          [1, 2].map(async () => {
            for (let i = 0; i < 12; i++) {
              if (random() < 0.4) await world.remove(anyNamespace());
              else await create(keeper, anyNamespace());
            }
          }),
        ),
        (async () => {
          for (let i = 0; i < 6; i++)
            await settler.settle(world, WORLD_TENANT, sharesAmong(await listTenantQuotas(world.upstream, WORLD_TENANT)));
        })(),
      ]);
      // Alone, one gateway gets all there is for a single namespace, wherever it lies.
      let last: unknown = true;
      for (let i = 0; i < LIMIT + 3 && last === true; i++) last = await create(keepers[0]!, 'demo01-d');
      assert.equal(world.total, LIMIT);
      assert.deepEqual(last, {
        kind: 'exceeded',
        requested: ONE_POD,
        used: new Map([['pods', 9n * ONE]]),
        limited: new Map([['pods', 9n * ONE]]),
      });
    });
  }
});

/** Replicas on a real etcd: who has which part, and when it changes hands. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Etcd3 } from 'etcd3';
import { type Division, smallestShare } from '../../../src/limits/divisions.ts';
import { Replicas } from '../../../src/limits/replicas/replicas.ts';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { EtcdProcess } from '../tenant-api/support/etcd-process.ts';
import { eventually } from '../tenant-api/support/eventually.ts';

interface Member {
  readonly replicas: Replicas;
  readonly client: Etcd3;
  divisions: readonly Division[];
  fits: boolean;
  readonly troubles: unknown[];
}

describe('replicas', function () {
  this.timeout(60_000);
  let etcd: EtcdProcess;
  let members: Member[];

  before(async () => {
    etcd = await EtcdProcess.start();
  });
  after(() => etcd.remove());
  beforeEach(() => {
    members = [];
  });
  afterEach(async () => {
    etcd.thaw();
    await Promise.all(members.map(leave));
  });

  function join(name: string, { leaseSeconds = 60, handOverMs = 20_000, prefix = '/k/' } = {}): Member {
    const member = { divisions: [], fits: true, troubles: [] as unknown[], client: connectEtcd([etcd.endpoint]) } as unknown as Member & {
      replicas: Replicas;
    };
    member.replicas = new Replicas({
      client: member.client,
      prefix,
      name,
      leaseSeconds,
      handOverMs,
      onDivisions: (divisions) => {
        member.divisions = divisions;
      },
      fits: () => member.fits,
      onTrouble: (cause) => member.troubles.push(cause),
    });
    members.push(member);
    return member;
  }

  async function leave(member: Member): Promise<void> {
    members = members.filter((other) => other !== member);
    await member.replicas.close();
    member.client.close();
  }

  /** Its process is gone: nobody renews the lease, and nobody says good-bye. */
  async function die(member: Member): Promise<void> {
    members = members.filter((other) => other !== member);
    member.client.close();
    await member.replicas.close();
    member.divisions = [];
  }

  const sharesOf = (of: readonly Member[], limit = 10) => of.map(({ divisions }) => smallestShare(limit, divisions, 0));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const awaitShares = (of: readonly Member[], expected: readonly number[]) =>
    eventually(() => assert.deepEqual(sharesOf(of).sort(), expected), 20_000);

  it('share what one had, and one that ends gives its part back at once', async () => {
    const one = join('one');
    await one.replicas.ready;
    assert.deepEqual(sharesOf([one]), [10]);
    assert.equal(one.replicas.trouble, undefined);
    const others = [join('two'), join('three')];
    await Promise.all(others.map(({ replicas }) => replicas.ready));
    await awaitShares([one, ...others], [3, 3, 4]);
    const leftAt = performance.now();
    await leave(one);
    await awaitShares(others, [5, 5]);
    assert.ok(performance.now() - leftAt < 10_000, 'it did not wait for the lease');
  });

  it('give a newcomer nothing until each has made room, or has been waited for long enough', async () => {
    const one = join('one');
    await one.replicas.ready;
    one.fits = false;
    const two = join('two');
    await eventually(() => assert.equal(sharesOf([one])[0], 5));
    for (let look = 0; look < 20; look += 1) {
      assert.equal(sharesOf([two])[0], 0);
      assert.match(two.replicas.trouble ?? '', /room/);
      await delay(20);
    }
    one.fits = true;
    await two.replicas.ready;
    await awaitShares([one, two], [5, 5]);
    const slow = join('slow', { handOverMs: 300 });
    await slow.replicas.ready;
    slow.fits = false;
    await leave(two);
    await join('three').replicas.ready;
  });

  it('are never more than the limit together, while they come and go', async () => {
    let most = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        most = Math.max(most, sum(sharesOf(members)));
        await delay(1);
      }
    })();
    await join('r0').replicas.ready;
    for (let round = 1; round < 8; round += 1) {
      const newcomer = join(`r${round}`);
      await newcomer.replicas.ready;
      if (round % 2 === 0) await leave(members[0]!);
    }
    await eventually(() => assert.equal(sum(sharesOf(members)), 10));
    isOver = true;
    await watching;
    assert.equal(most, 10);
  });

  it('let a limit that is smaller than their number go round, once what is held of it is given back', async () => {
    const both = [join('one'), join('two')];
    await Promise.all(both.map(({ replicas }) => replicas.ready));
    await awaitShares(both, [5, 5]);
    const holder = both.find((member) => sharesOf([member], 1)[0] === 1)!;
    const other = both.find((member) => member !== holder)!;
    holder.fits = false;
    other.replicas.askTurn();
    await eventually(() => assert.deepEqual(sharesOf(both, 1), [0, 0]));
    // It does not fit, so all is as before after a while: nobody else is to be shut out for long.
    await eventually(() => assert.equal(sharesOf([holder], 1)[0], 1));
    assert.equal(sharesOf([other], 1)[0], 0);
    const three = join('three', { handOverMs: 100 });
    holder.fits = true;
    await three.replicas.ready;
    await eventually(() => assert.equal(sum(sharesOf(members, 1)), 1));
    const before = members.findIndex((member) => sharesOf([member], 1)[0] === 1);
    await eventually(() => {
      members[(before + 1) % 3]!.replicas.askTurn();
      assert.equal(sum(sharesOf(members, 1)), 1);
      assert.notEqual(
        members.findIndex((member) => sharesOf([member], 1)[0] === 1),
        before,
      );
    });
  });

  it('take the part of one that died when its lease ends', async () => {
    const [one, two] = [join('one', { leaseSeconds: 2 }), join('two', { leaseSeconds: 2 })];
    await Promise.all([one.replicas.ready, two.replicas.ready]);
    await awaitShares([one, two], [5, 5]);
    await die(two);
    await awaitShares([one], [10]);
  });

  it('let one that is started again have its place at once, whatever became of its predecessor', async () => {
    const one = join('one');
    await one.replicas.ready;
    await die(one);
    const successor = join('one');
    await Promise.race([successor.replicas.ready, delay(10_000).then(() => assert.fail('it waited for the lease'))]);
    assert.deepEqual(sharesOf([successor]), [10]);
  });

  it('are two, where both are called the same', async () => {
    const one = join('one');
    await one.replicas.ready;
    const namesake = join('one');
    await namesake.replicas.ready;
    await awaitShares([one, namesake], [5, 5]);
    assert.match(String(one.troubles), /is called one as well/);
  });

  it('go on with what they have while etcd is away, say so, and are back when it is', async () => {
    const both = [join('one', { leaseSeconds: 2 }), join('two', { leaseSeconds: 2 })];
    await Promise.all(both.map(({ replicas }) => replicas.ready));
    await awaitShares(both, [5, 5]);
    etcd.freeze();
    await eventually(() =>
      assert.deepEqual(
        both.map(({ replicas }) => replicas.trouble?.includes('lease')),
        [true, true],
      ),
    );
    assert.deepEqual(sharesOf(both), [5, 5]);
    etcd.thaw();
    await eventually(
      () =>
        assert.deepEqual(
          both.map(({ replicas }) => replicas.trouble),
          [undefined, undefined],
        ),
      20_000,
    );
    await awaitShares(both, [5, 5]);
    const three = join('three');
    await three.replicas.ready;
    await awaitShares([...both, three], [3, 3, 4]);
  });
});

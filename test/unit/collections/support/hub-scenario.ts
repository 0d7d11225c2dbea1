/** A random course of events, of upstream's and of clients', and what each client must have got in the end. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FakeApiserver } from './fake-apiserver.ts';
import { PODS } from './fake-kinds.ts';
import { HubWorld } from './hub-world.ts';
import { RecordingClient } from './recording-client.ts';
import { inNamespace } from './tenants.ts';
import { settle, until } from './until.ts';

export type Step =
  | { readonly do: 'change'; readonly tenant: number; readonly pod: number; readonly deletes: boolean }
  | { readonly do: 'deliver'; readonly watch: number; readonly count: number }
  /** `back`: how far behind upstream's present revision it begins. */
  | { readonly do: 'come'; readonly tenant: number; readonly back: number; readonly bookmarks: boolean }
  | { readonly do: 'leave' | 'block' | 'takeOne' | 'unblock'; readonly client: number }
  | { readonly do: 'break' | 'end' | 'expire'; readonly watch: number }
  | { readonly do: 'bookmark' }
  /** Upstream lets those wait who ask for a watch. */
  | { readonly do: 'hold' | 'release' }
  | { readonly do: 'settle'; readonly turns: number };

const TENANTS = ['demo01', 'demo02', 'demo03', 'nobody'];
const index = fc.nat(5);
const one = <T extends string>(...names: T[]) => fc.constantFrom(...names);
const STEPS = {
  change: fc.tuple(fc.nat(3), fc.nat(2), fc.boolean()).map(([tenant, pod, deletes]): Step => ({ do: 'change', tenant, pod, deletes })),
  deliver: fc.tuple(index, fc.integer({ min: 1, max: 6 })).map(([watch, count]): Step => ({ do: 'deliver', watch, count })),
  come: fc.tuple(fc.nat(2), fc.nat(12), fc.boolean()).map(([tenant, back, bookmarks]): Step => ({ do: 'come', tenant, back, bookmarks })),
  client: fc.tuple(one('leave', 'block', 'block', 'takeOne', 'unblock'), index).map(([what, client]): Step => ({ do: what, client })),
  stop: fc.tuple(one('break', 'end'), index).map(([what, watch]): Step => ({ do: what, watch })),
  expire: index.map((watch): Step => ({ do: 'expire', watch })),
  single: one('bookmark', 'hold', 'release', 'release').map((what): Step => ({ do: what })),
  settle: fc.nat(12).map((turns): Step => ({ do: 'settle', turns })),
};

/** @param expires upstream may say that it cannot go on */
export function stepsWith({ expires }: { expires: boolean }): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 8, arbitrary: STEPS.change },
    { weight: 6, arbitrary: STEPS.deliver },
    { weight: 4, arbitrary: STEPS.come },
    { weight: 4, arbitrary: STEPS.client },
    { weight: 1, arbitrary: STEPS.stop },
    { weight: 3, arbitrary: STEPS.single },
    { weight: 4, arbitrary: STEPS.settle },
    ...(expires ? [{ weight: 1, arbitrary: STEPS.expire }] : []),
  );
  return fc.array(step, { minLength: 10, maxLength: 90, size: 'max' });
}

interface Follower {
  readonly client: RecordingClient;
  readonly tenantId: string;
  readonly from: number;
  hasLeft: boolean;
  failure: unknown;
}

interface Told {
  readonly tenantId: string;
  readonly text: string;
  readonly revision: number;
}

/** How long it may take until all is told that is to be told: upstream is asked again after pauses. */
const PATIENCE_MS = 4_000;

/** @param maxEvents of the ring @throws AssertionError */
export async function playScenario(steps: readonly Step[], { maxEvents, mayEnd }: { maxEvents: number; mayEnd: boolean }): Promise<void> {
  const apiserver = new FakeApiserver();
  apiserver.holdsEvents = true;
  const world = new HubWorld(apiserver, { limits: { maxEvents, maxBytes: 1e9 }, lingerMs: 60_000 });
  const followers: Follower[] = [];
  const told: Told[] = [];
  let held = Promise.withResolvers<void>();
  held.resolve();
  apiserver.delay = () => held.promise;

  const come = (tenantId: string, from: number, bookmarks: boolean): void => {
    const client = new RecordingClient(tenantId, bookmarks);
    const follower: Follower = { client, tenantId, from, hasLeft: false, failure: undefined };
    followers.push(follower);
    world.follow(client, from).catch((error: unknown) => {
      follower.failure = error;
    });
  };
  const change = ({ tenant, pod, deletes }: Extract<Step, { do: 'change' }>): void => {
    const tenantId = TENANTS[tenant]!;
    const object = tenantId === 'nobody' ? { metadata: { name: 'x', namespace: 'kube-system' } } : inNamespace(tenantId, `web/p${pod}`);
    const revision = deletes ? apiserver.delete(PODS, object) : apiserver.put(PODS, object);
    told.push({ tenantId, text: `web/p${pod}@${revision}`, revision });
  };
  const play = async (step: Step): Promise<void> => {
    const watch = 'watch' in step ? apiserver.watches[step.watch % Math.max(1, apiserver.watches.length)] : undefined;
    const follower = 'client' in step ? followers[step.client % Math.max(1, followers.length)] : undefined;
    switch (step.do) {
      case 'change':
        return change(step);
      case 'deliver':
        return watch?.deliver(step.count);
      case 'come':
        return come(TENANTS[step.tenant]!, Math.max(100, apiserver.revision - step.back), step.bookmarks);
      case 'leave':
        if (follower) follower.hasLeft = true;
        return follower?.client.subscriber.detach();
      case 'block':
      case 'takeOne':
      case 'unblock':
        return follower?.client[step.do]();
      case 'break':
      case 'end':
        return watch?.[step.do]();
      case 'expire':
        watch?.expired();
        return watch?.deliver();
      case 'bookmark':
        return apiserver.bookmark();
      case 'hold':
        held.resolve();
        held = Promise.withResolvers();
        return;
      case 'release':
        return held.resolve();
      case 'settle':
        return settle(step.turns);
    }
  };

  for (const step of steps) await play(step);
  held.resolve();
  for (const { client } of followers) client.unblock();
  const expectedOf = ({ tenantId, from }: Follower): string[] =>
    told.filter((event) => event.tenantId === tenantId && event.revision > from).map(({ text }) => text);
  const isServed = (follower: Follower): boolean =>
    follower.hasLeft ||
    follower.failure !== undefined ||
    follower.client.isEnded ||
    eventsOf(follower.client).length >= expectedOf(follower).length;
  const deadline = performance.now() + PATIENCE_MS;
  await until(() => {
    for (const watch of apiserver.watches) watch.deliver();
    return followers.every(isServed) || performance.now() > deadline;
  });
  await settle();

  try {
    for (const follower of followers) {
      const { client, hasLeft, failure } = follower;
      const seen = eventsOf(client);
      const expected = expectedOf(follower);
      const isWhole = !hasLeft && !client.isEnded && failure === undefined;
      assert.deepEqual(seen, isWhole ? expected : expected.slice(0, seen.length), `${follower.tenantId} from ${follower.from}`);
      assertOrder(client, follower.from);
      assert.equal(client.lateWrites, 0);
      assert.ok(client.ends <= 1);
      assert.doesNotMatch(client.text, /demo0|kube-system/);
      if (!mayEnd && !hasLeft) assert.ok(isWhole, `${follower.tenantId} from ${follower.from} was ended: ${failure}`);
    }
    assert.deepEqual(world.errors, []);
    if (!mayEnd) assert.equal(world.counted.drops, 0);
  } finally {
    world.hub.close();
  }
}

/** But for bookmarks, without their types. */
function eventsOf({ seen }: RecordingClient): string[] {
  return seen.filter((text) => !text.startsWith('BOOKMARK')).map((text) => text.slice(text.indexOf(' ') + 1));
}

/** A bookmark says that all up to its revision has been told. */
function assertOrder({ seen }: RecordingClient, from: number): void {
  let position = from;
  for (const text of seen) {
    const revision = Number(text.slice(text.indexOf('@') + 1));
    assert.ok(text.startsWith('BOOKMARK') ? revision >= position : revision > position, `${text} behind ${position}: ${seen}`);
    position = revision;
  }
}

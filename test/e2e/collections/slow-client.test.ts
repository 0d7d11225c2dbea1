/** A client that does not read loses its watch; nobody else loses anything, and it is not told half of what happened. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { CONFIG_MAPS, pathIn } from './support/collection.ts';
import { eventOf, openCollectionWatch } from './support/open-collection-watch.ts';
import { readList, withQuery } from './support/read-list.ts';
import { MARK, type Stage, setStage } from './support/stage.ts';

const NAME = 'collslow';
/** Together much more than what kernels and proxies hold for a connection. */
const COUNT = 80;
const BYTES = 400_000;
const AT_ONCE = 4;

describe('a watch of a whole tenant whose client does not read', () => {
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME);
  });

  after(async () => {
    const { platform, namespaces, mine, close } = stage;
    for (const namespace of namespaces)
      await platform.ask('DELETE', `${pathIn(CONFIG_MAPS, `${TENANT}-${namespace}`)}?labelSelector=${mine}`);
    await close();
  });

  for (const form of ['JSON', 'protobuf'] as const) {
    it(`is cut or ended with a gapless beginning, and goes on from there; the others see everything (${form})`, async () => {
      const { tenant, other, platform, namespaces } = stage;
      const tag = form.toLowerCase();
      const { resourceVersion } = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { labelSelector: stage.mine }));
      const path = withQuery(CONFIG_MAPS.path, { resourceVersion, labelSelector: `${stage.mine},form=${tag}` });
      const slow = await openCollectionWatch(tenant.cluster, path, { form });
      const [reading, neighbour] = [
        await openCollectionWatch(tenant.cluster, path, { form }),
        await openCollectionWatch(other.cluster, path),
      ];
      slow.pause();
      const waiting = Array.from({ length: COUNT }, (_, index) => index);
      const write = async () => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const metadata = { name: `${tag}-${index}`, labels: { [MARK]: NAME, form: tag } };
          // As the platform: it is the faster way to the same objects.
          const where = pathIn(CONFIG_MAPS, `${TENANT}-${namespaces[index % 2]}`);
          await platform.must('POST', where, { metadata, data: { big: 'x'.repeat(BYTES) } });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, write));
      await stage.make(CONFIG_MAPS, `${tag}-end`, { labels: { form: tag } });
      await reading.waitFor('ADDED', `${NAME}/${tag}-end`);
      const all = reading.changes().map(eventOf);
      assert.equal(new Set(all).size, COUNT + 1, 'the one that reads sees every one');
      assert.equal(all.length, COUNT + 1);
      const versions = reading.changes().map((event) => Number(event.resourceVersion));
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      );

      slow.resume();
      const isThrough = () => slow.isOver() || slow.changes().length === all.length;
      await waitUntil('the slow watch to be cut, or to be through', isThrough, { timeoutMs: 60_000 });
      const got = slow.changes().map(eventOf);
      assert.deepEqual(got, all.slice(0, got.length), 'what it got is the beginning of what happened');
      if (got.length < all.length) {
        const rest = await openCollectionWatch(
          tenant.cluster,
          withQuery(CONFIG_MAPS.path, {
            resourceVersion: slow.changes().at(-1)?.resourceVersion ?? resourceVersion,
            labelSelector: `${stage.mine},form=${tag}`,
          }),
        );
        await rest.waitFor('ADDED', `${NAME}/${tag}-end`);
        assert.deepEqual([...got, ...rest.changes().map(eventOf)], all);
        rest.close();
      }

      // The others' streams have outlived it.
      assert.ok(!reading.isOver(), 'the watch that is read has ended');
      assert.ok(!neighbour.isOver(), 'the other tenant’s watch has ended');
      await stage.make(CONFIG_MAPS, `${tag}-after`, { labels: { form: tag } });
      await reading.waitFor('ADDED', `${NAME}/${tag}-after`);
      await stage.make(CONFIG_MAPS, `${tag}-after`, { tenantId: OTHER, labels: { form: tag } });
      await neighbour.waitFor('ADDED', `${NAME}/${tag}-after`);
      assert.equal(neighbour.events.length, 1);
      for (const watch of [slow, reading, neighbour]) {
        assert.equal(watch.leak(), undefined);
        watch.close();
      }
    });
  }
});

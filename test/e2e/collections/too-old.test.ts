/** Watches from further back than upstream remembers: an ERROR of 410 in the stream. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { CLUSTER_ROLES, CONFIG_MAPS, type Collection, gadgetsOf, NAMESPACES, PODS, widgetsOf } from './support/collection.ts';
import { FORMS, type Form, JSON_FORMS } from './support/forms.ts';
import { type CollectionWatch, openCollectionWatch } from './support/open-collection-watch.ts';
import { readList, withQuery } from './support/read-list.ts';
import { PATIENCE, type Stage, setStage } from './support/stage.ts';
import { watchBoth } from './support/watch-both.ts';

const NAME = 'colltooold';
const GROUP = `${NAME}.example`;

describe('watches of a whole tenant from before upstream’s memory', () => {
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    // A cache of events begins with its apiserver; until then it reaches back to the cluster's first day.
    const apiserver = stage.stack.processes.process('kube-apiserver');
    await apiserver.restart();
    for (const party of [stage.platform, stage.tenant, stage.other]) {
      for (const path of [CONFIG_MAPS.path, NAMESPACES.path]) {
        const serves = () => party.ask('GET', path).then(({ status }) => status === 200);
        await waitUntil(`${path} to be served again`, () => serves().catch(() => false), PATIENCE);
      }
    }
    for (const tenantId of [TENANT, OTHER]) {
      for (const { path } of [widgetsOf(GROUP), gadgetsOf(GROUP)]) {
        const party = tenantId === TENANT ? stage.tenant : stage.other;
        const serves = async () => (await party.ask('GET', path)).status === 200;
        await waitUntil(`${path} to be served again`, serves, PATIENCE);
      }
    }
  });

  after(() => stage.close());

  const formsOf = ({ hasProtobuf }: Collection): readonly Form[] => (hasProtobuf ? FORMS : JSON_FORMS);

  for (const collection of [CONFIG_MAPS, PODS, NAMESPACES, CLUSTER_ROLES, widgetsOf(GROUP), gadgetsOf(GROUP)]) {
    it(`${collection.title}: told as upstream tells it, in every form`, async () => {
      const query = { resourceVersion: '1', timeoutSeconds: 2 };
      const told = ({ events }: CollectionWatch) =>
        // How far back one could go is another number each time.
        JSON.parse(JSON.stringify(events.map(({ type, object }) => ({ type, object }))).replace(/ \(\d+\)/g, ' (<version>)'));
      await Promise.all(
        formsOf(collection).map(async (form) => {
          const [theirs, upstreams] = await Promise.all([
            openCollectionWatch(stage.tenant.cluster, withQuery(collection.path, query), { form }),
            openCollectionWatch(stage.platform.cluster, withQuery(collection.upstreamPath(TENANT), query), { form }),
          ]);
          assert.deepEqual([await theirs.ended, await upstreams.ended], ['ended', 'ended']);
          assert.equal(upstreams.events.length, 1, 'upstream remembers');
          assert.deepEqual(told(theirs), told(upstreams), form);
          const { code, reason, message } = theirs.events[0]!.object;
          assert.deepEqual([code, reason], [410, 'Expired']);
          assert.match(message, /^too old resource version: 1 \(\d+\)$/);
        }),
      );
    });

    it(`${collection.title}: a new list, and a watch from it, go on`, async () => {
      const { resourceVersion } = await readList(stage.tenant.cluster, collection.path);
      const both = await watchBoth(stage, collection, { resourceVersion, labelSelector: stage.mine });
      const { path } = await stage.make(collection, `${NAME}-after`);
      await both.assertAlikeAfter('ADDED', collection.scope === 'Cluster' ? `${NAME}-after` : `${NAME}/${NAME}-after`);
      both.close();
      await stage.tenant.must('DELETE', `${path}?gracePeriodSeconds=0`);
    });
  }
});

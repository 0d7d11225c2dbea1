/** Kinds of the platform's own, shared with tenants by the gateway's configuration. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Config } from '../../../src/config/config.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { gatherParties, OTHER, type Parties, TENANT } from '../isolation/parties.ts';
import { DEFINITIONS, definition } from './definition.ts';

const NAMESPACE = 'sharing-crds';
const GROUP = 'qxsr.example';
const IN_NAMESPACE = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}`;
const PATIENCE = { timeoutMs: 20_000, intervalMs: 50 };
// biome-ignore lint/suspicious/noExplicitAny: any list
const namesOf = (list: any): string[] => list.items.map((item: { metadata: { name: string } }) => item.metadata.name).sort();

const object = (kind: string, name: string) => ({ apiVersion: `${GROUP}/v1`, kind, metadata: { name } });

describe('custom resources of the platform’s, shared by configuration', function () {
  this.timeout(60_000);
  let parties: Parties;
  let configBefore: string;

  before(async function () {
    this.timeout(120_000);
    parties = await gatherParties(NAMESPACE);
    const { platform, stack } = parties;
    for (const [plural, scope] of [
      ['snaps', 'Namespaced'],
      ['kept', 'Namespaced'],
      ['classes', 'Cluster'],
    ] as const) {
      await platform.must('POST', DEFINITIONS, definition(plural, GROUP, scope));
      const isServed = async () => (await platform.ask('GET', `/apis/${GROUP}/v1/${plural}`)).status === 200;
      await waitUntil(`${plural} to be served`, isServed, PATIENCE);
    }
    await platform.must('POST', `/apis/${GROUP}/v1/classes`, object('Classe', 'fast'));
    await platform.must('POST', `/apis/${GROUP}/v1/namespaces/default/snaps`, object('Snap', 'of-the-platform'));
    configBefore = readFileSync(stack.home.config, 'utf8');
    const config = JSON.parse(configBefore) as Config;
    const sharedResources: Config['sharedResources'] = [
      { group: GROUP, resource: 'snaps', scope: 'Namespaced' },
      { group: GROUP, resource: 'classes', scope: 'Cluster' },
    ];
    writeFileSync(stack.home.config, JSON.stringify({ ...config, sharedResources }));
    await stack.restartSidecar();
    await waitUntil(
      'the gateway to answer again',
      async () => (await parties.tenant.ask('GET', '/api/v1/namespaces')).status === 200,
      PATIENCE,
    );
  });

  after(async function () {
    this.timeout(60_000);
    const { stack, platform } = parties;
    for (const plural of ['snaps', 'kept', 'classes']) await platform.ask('DELETE', `${DEFINITIONS}/${plural}.${GROUP}`);
    writeFileSync(stack.home.config, configBefore);
    await stack.restartSidecar();
    await waitUntil(
      'the gateway to answer again',
      async () => (await parties.tenant.ask('GET', '/api/v1/namespaces')).status === 200,
      PATIENCE,
    );
    await parties.close();
  });

  it('in namespaces belong to the tenant whose namespace it is', async () => {
    const { tenant, other, platform } = parties;
    await other.must('POST', `${IN_NAMESPACE}/snaps`, object('Snap', 'of-the-other'));
    const made = await tenant.must('POST', `${IN_NAMESPACE}/snaps`, object('Snap', 'mine'));
    assert.deepEqual([made.apiVersion, made.metadata.namespace], [`${GROUP}/v1`, NAMESPACE]);
    await platform.must('GET', `/apis/${GROUP}/v1/namespaces/${TENANT}-${NAMESPACE}/snaps/mine`);
    for (const query of ['', '?limit=1']) assert.deepEqual(namesOf(await tenant.must('GET', `/apis/${GROUP}/v1/snaps${query}`)), ['mine']);
    assert.match(await tenant.kubectl('get snaps -A'), /^NAMESPACE +NAME +AGE\nsharing-crds +mine +\S+\n$/);
    for (const namespace of ['default', `${OTHER}-${NAMESPACE}`])
      assert.deepEqual(namesOf(await tenant.must('GET', `/apis/${GROUP}/v1/namespaces/${namespace}/snaps`)), []);
    const watch = await openWatch(tenant.cluster, `/apis/${GROUP}/v1/snaps`);
    try {
      await other.must('POST', `${IN_NAMESPACE}/snaps`, object('Snap', 'unseen'));
      await tenant.must('POST', `${IN_NAMESPACE}/snaps`, object('Snap', 'seen'));
      await watch.waitFor('seen');
      assert.deepEqual(
        watch.events.map((event) => event.object.metadata.name),
        ['mine', 'seen'],
      );
    } finally {
      watch.close();
    }
  });

  it('of the whole cluster are read under their own names, and written by nobody', async () => {
    const { tenant } = parties;
    const classes = `/apis/${GROUP}/v1/classes`;
    assert.deepEqual(namesOf(await tenant.must('GET', classes)), ['fast']);
    assert.equal((await tenant.must('GET', `${classes}/fast`)).metadata.name, 'fast');
    for (const [method, path] of [
      ['POST', classes],
      ['PUT', `${classes}/fast`],
      ['DELETE', `${classes}/fast`],
      ['DELETE', classes],
    ] as const) {
      const { status, body } = await tenant.ask(method, path, object('Classe', 'fast'));
      assert.equal(status, 403, `${method} ${path}`);
      assert.match(body.message, /belongs to the platform and is read-only/);
    }
  });

  it('do not exist where they are not listed, and leave no room for others', async () => {
    const { tenant } = parties;
    assert.equal((await tenant.ask('GET', `${IN_NAMESPACE}/kept`)).status, 404);
    const { status, body } = await tenant.ask('POST', DEFINITIONS, definition('turners', GROUP, 'Cluster'));
    assert.equal(status, 403);
    assert.match(body.message, /the API group "qxsr.example" belongs to the platform/);
  });

  it('show their definitions, to be read', async () => {
    const { tenant } = parties;
    const shown = namesOf(await tenant.must('GET', DEFINITIONS)).filter((name) => name.endsWith(GROUP));
    assert.deepEqual(shown, [`classes.${GROUP}`, `snaps.${GROUP}`]);
    assert.equal((await tenant.must('GET', `${DEFINITIONS}/snaps.${GROUP}`)).spec.group, GROUP);
    assert.equal((await tenant.ask('GET', `${DEFINITIONS}/kept.${GROUP}`)).status, 404);
    for (const method of ['PUT', 'DELETE']) {
      const { status } = await tenant.ask(method, `${DEFINITIONS}/snaps.${GROUP}`, definition('snaps', GROUP, 'Namespaced'));
      assert.equal(status, 403, method);
    }
  });
});

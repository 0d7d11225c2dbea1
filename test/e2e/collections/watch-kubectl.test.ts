/** Watches of a whole tenant as people see them: kubectl's own lines. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { OpenKubectl } from '../../helpers/kubectl.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { CLUSTER_ROLES, CONFIG_MAPS, DEFINITIONS, NAMESPACES, widgetsOf } from './support/collection.ts';
import { LEAK } from './support/read-list.ts';
import { PATIENCE, type Stage, setStage } from './support/stage.ts';

const NAME = 'collkubectl';
const GROUP = `${NAME}.example`;

describe('kubectl get --watch of a whole tenant', () => {
  let stage: Stage;
  const open: OpenKubectl[] = [];

  before(async () => {
    stage = await setStage(NAME, { custom: true });
  });

  afterEach(async () => {
    for (const { child } of open) child.kill();
    await Promise.all(open.splice(0).map(({ ended }) => ended));
  });

  after(async () => {
    for (const party of [stage.tenant, stage.other]) {
      await party.ask('DELETE', `${CLUSTER_ROLES.path}?labelSelector=${stage.mine}`);
      await party.ask('DELETE', `${DEFINITIONS.path}/lates.${GROUP}`);
      for (const name of [`${NAME}-w`, `${NAME}-late`]) await party.ask('DELETE', `${NAMESPACES.path}/${name}`);
    }
    await stage.close();
  });

  function kubectl(line: string): OpenKubectl {
    const started = stage.stack.openKubectl(line.split(' '), { tenant: TENANT });
    open.push(started);
    return started;
  }

  /** What it has printed, a line's words one blank apart. */
  const linesOf = (one: OpenKubectl) =>
    one
      .stdout()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.trim().replace(/\s+/g, ' '));

  const waitForLine = (one: OpenKubectl, line: RegExp) =>
    waitUntil(`${line} in ${one.stdout()}${one.stderr()}`, () => linesOf(one).find((text) => line.test(text)), {
      timeoutMs: 20_000,
      intervalMs: 50,
    }).catch((error: Error) => {
      throw new Error(`${error.message}; it said: ${one.stdout()}${one.stderr()}`);
    });

  function assertOneTable(one: OpenKubectl, header: string): void {
    const lines = linesOf(one);
    assert.equal(lines[0], header);
    assert.equal(lines.filter((line) => line === header).length, 1, 'the header stands once');
    assert.doesNotMatch(one.stdout() + one.stderr(), LEAK);
    assert.equal(one.stderr(), '');
  }

  /** As both tenants: what the other does must not be seen. */
  async function inBoth(make: (tenantId: string) => Promise<unknown>): Promise<void> {
    for (const tenantId of [OTHER, TENANT]) await make(tenantId);
  }

  it('namespaces: as they come and go', async () => {
    const watch = kubectl('get ns -w');
    await waitForLine(watch, /^default Active/);
    await inBoth((tenantId) => stage.make(NAMESPACES, `${NAME}-w`, { tenantId }));
    await waitForLine(watch, /^collkubectl-w Active \d+s$/);
    for (const party of [stage.other, stage.tenant]) await party.must('DELETE', `${NAMESPACES.path}/${NAME}-w`);
    await waitForLine(watch, /^collkubectl-w Terminating \d+s$/);
    assertOneTable(watch, 'NAME STATUS AGE');
    assert.equal(linesOf(watch).filter((line) => line.startsWith(`${NAME}-w Active`)).length, 1);
  });

  it('ConfigMaps of all namespaces: first the list, then what comes', async () => {
    const { mine, namespaces, make } = stage;
    await inBoth((tenantId) => make(CONFIG_MAPS, 'there', { tenantId }));
    const watch = kubectl(`get configmaps -A -w -l ${mine}`);
    await waitForLine(watch, /^collkubectl there 1 /);
    await inBoth((tenantId) => make(CONFIG_MAPS, 'new', { tenantId, namespace: namespaces[1] }));
    await waitForLine(watch, /^collkubectl-b new 1 /);
    const data = { data: { key: 'value', more: 'x' } };
    await stage.tenant.must('PATCH', `/api/v1/namespaces/${NAME}/configmaps/there`, data, 'application/merge-patch+json');
    await waitForLine(watch, /^collkubectl there 2 /);
    assertOneTable(watch, 'NAMESPACE NAME DATA AGE');
    assert.deepEqual(
      linesOf(watch).map((line) => line.replace(/ \S+$/, '')),
      ['NAMESPACE NAME DATA', 'collkubectl there 1', 'collkubectl-b new 1', 'collkubectl there 2'],
    );
  });

  it('ConfigMaps of all namespaces, all of them, with the events’ types', async () => {
    const watch = kubectl('get configmaps -A -w --output-watch-events');
    await waitForLine(watch, /^ADDED default kube-root-ca.crt 1 /);
    await inBoth((tenantId) => stage.make(CONFIG_MAPS, 'typed', { tenantId }));
    await waitForLine(watch, /^ADDED collkubectl typed 1 /);
    await stage.tenant.must('DELETE', `/api/v1/namespaces/${NAME}/configmaps/typed`);
    await waitForLine(watch, /^DELETED collkubectl typed 1 /);
    assertOneTable(watch, 'EVENT NAMESPACE NAME DATA AGE');
  });

  it('--watch-only: nothing of what is there', async () => {
    const { mine, make, namespaces } = stage;
    const watches = [
      [kubectl(`get configmaps -A --watch-only -l ${mine}`), 'NAMESPACE NAME DATA AGE', /^collkubectl late-\d+ 1 /],
      [kubectl('get ns --watch-only'), 'NAME STATUS AGE', /^collkubectl-late Active /],
      [kubectl(`get widgets.${GROUP} -A --watch-only`), 'NAMESPACE NAME AGE', /^collkubectl late-\d+ /],
      [kubectl(`get clusterroles --watch-only -l ${mine}`), 'NAME CREATED AT', /^collkubectl-late-\d+ /],
    ] as const;
    await inBoth((tenantId) => make(CONFIG_MAPS, 'before', { tenantId, namespace: namespaces[1] }));
    let turn = 0;
    // A watch that has printed nothing does not tell when it is open: so something new is made until each has seen one.
    await waitUntil(
      'each to have seen something',
      async () => {
        turn += 1;
        await inBoth((tenantId) => make(CONFIG_MAPS, `late-${turn}`, { tenantId }));
        await inBoth((tenantId) => make(widgetsOf(GROUP), `late-${turn}`, { tenantId }));
        await inBoth((tenantId) => make(CLUSTER_ROLES, `${NAME}-late-${turn}`, { tenantId }));
        return watches.every(([watch, , line], index) => index === 1 || linesOf(watch).some((text) => line.test(text)));
      },
      { timeoutMs: 30_000, intervalMs: 200 },
    );
    await inBoth((tenantId) => make(NAMESPACES, `${NAME}-late`, { tenantId }));
    for (const [watch, header, line] of watches) {
      await waitForLine(watch, line);
      assertOneTable(watch, header);
      assert.doesNotMatch(watch.stdout(), /there|kube-root-ca|kube-system|cluster-admin/);
    }
  });

  it('definitions: as they come', async () => {
    const watch = kubectl('get crd -w');
    await waitForLine(watch, new RegExp(`^widgets.${GROUP} `));
    await inBoth((tenantId) => stage.make(DEFINITIONS, `lates.${GROUP}`, { tenantId }));
    await waitForLine(watch, new RegExp(`^lates.${GROUP} `));
    assertOneTable(watch, 'NAME SCOPE VERSIONS CREATED AT');
  });

  it('in JSON, by names and by paths', async () => {
    const { mine, make } = stage;
    const [json, name, path] = [
      kubectl(`get configmaps -A -w -l ${mine},shown=yes -o json`),
      kubectl(`get configmaps -A -w -l ${mine},shown=yes -o name`),
      kubectl(`get configmaps -A -w -l ${mine},shown=yes -o jsonpath={.metadata.namespace}/{.metadata.name}{"\\n"}`),
    ];
    await inBoth((tenantId) => make(CONFIG_MAPS, 'shown', { tenantId, labels: { shown: 'yes' } }));
    await waitForLine(name!, /^configmap\/shown$/);
    await waitForLine(path!, /^collkubectl\/shown$/);
    await waitUntil('the object', () => json!.stdout().includes('"name": "shown"'), PATIENCE);
    for (const one of [json!, name!, path!]) {
      assert.doesNotMatch(one.stdout(), LEAK);
      assert.equal(one.stderr(), '');
    }
  });

  it('waits for what is not there yet', async () => {
    const waiting = kubectl(`wait --for=create configmap/awaited -n ${NAME} --timeout=20s`);
    const gone = kubectl(`wait --for=delete clusterrole/${NAME}-awaited --timeout=20s`);
    await inBoth((tenantId) => stage.make(CONFIG_MAPS, 'awaited', { tenantId }));
    assert.equal(await waiting.ended, 0, waiting.stderr());
    assert.equal(await gone.ended, 0, gone.stderr());
  });
});

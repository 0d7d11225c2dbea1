/** The chart in a real cluster: its pods are let in, its processes serve a tenant, and they have the rights that they need and no others. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { PlatformRule } from '../../../src/upstream/platform-rules.ts';
import { type ChartStack, startChartStack } from '../../helpers/chart/chart-stack.ts';
import { CHART, NAMESPACE, RELEASE } from '../../helpers/chart/helm.ts';
import type { AuditEvent } from '../../helpers/chart/upstream-cluster.ts';
import { describeRight, isForbidden, notNeeded, rightsUsed } from '../../helpers/chart/used-rights.ts';
import { askForCertificate, askWithToken, certificateOf, featureUser, removeTenant, useFeatures } from './use-features.ts';

const QUOTA = { hard: { pods: '10', 'count/widgets.acme.io': '5' } };
const UNPRIVILEGED = { metadata: { name: 'plain' }, spec: { containers: [{ name: 'c', image: 'i' }] } };

describe('the Helm chart', function () {
  this.timeout(180_000);
  let stack: ChartStack;
  before(async () => {
    stack = await startChartStack();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(stack?.upstream.logs());
  });
  after(() => stack?.stop());

  const kubectl = (...args: string[]) => stack.upstream.mustKubectl(args);
  const accountOf = (component: string) => `system:serviceaccount:${NAMESPACE}:${RELEASE}-${component}`;
  const eventsOf = (component: string): AuditEvent[] => stack.upstream.audit().filter(({ user }) => user.username === accountOf(component));
  const roleOf = (component: string) => `${RELEASE}:${NAMESPACE}:${component}`;
  const rulesOf = (component: string) => stack.manifest('ClusterRole', roleOf(component)).rules as PlatformRule[];

  it('has pods that the strictest Pod Security Standard lets in', async () => {
    const componentsOf = async () => {
      const { items } = JSON.parse(await kubectl('-n', NAMESPACE, 'get', 'pods', '-o', 'json'));
      return items.map(({ metadata }: { metadata: { labels: object } }) => metadata.labels['app.kubernetes.io/component' as never]).sort();
    };
    const wanted = ['controller', 'controller', 'gateway', 'gateway', 'gateway', 'pki'];
    await waitUntil('all pods', async () => (await componentsOf()).join() === wanted.join(), { timeoutMs: 30_000 });
    const { status, body } = await stack.upstream.admin.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, { body: UNPRIVILEGED });
    assert.equal(status, 403);
    assert.match(body, /violates PodSecurity \\"restricted:latest\\"/);
  });

  it('makes the keys once, and leaves them as they are', async () => {
    assert.match(await stack.runPki(), new RegExp(`written into the Secret ${NAMESPACE}/${RELEASE}-pki: .*ca.key`));
    assert.match(await stack.runPki(), /has all that it needs/);
    // Of a CA that is not whole no new one is made.
    const secret = `secret/${RELEASE}-pki`;
    const key = await kubectl('-n', NAMESPACE, 'get', secret, '-o', 'jsonpath={.data.ca\\.key}');
    const setKey = (value: string | null) =>
      kubectl('-n', NAMESPACE, 'patch', secret, '--type=merge', '-p', JSON.stringify({ data: { 'ca.key': value } }));
    await setKey(null);
    await assert.rejects(stack.runPki(), /has keys, but no ca\.key/);
    await setKey(key);
  });

  it('serves a tenant by the rendered commands, and its probes are answered', async () => {
    const controller = await stack.startController();
    const gateway = await stack.startGateway();
    for (const [pod, count] of [
      [gateway, 5],
      [controller, 3],
    ] as const) {
      const probes = pod.containers.flatMap(({ startupProbe, livenessProbe, readinessProbe }) => [
        startupProbe,
        livenessProbe,
        readinessProbe,
      ]);
      const asked = probes.filter((probe) => probe !== undefined);
      assert.equal(asked.length, count);
      for (const probe of asked) {
        await waitUntil(`${probe.httpGet?.path}`, async () => (await pod.probe(probe)) === 200, { timeoutMs: 20_000 });
      }
    }
    for (const path of ['/metrics', '/stats/prometheus'])
      assert.equal(await gateway.probe({ httpGet: { path, port: 'stats' } }), 200, path);
    const tenant = await stack.makeTenant('chart1');
    assert.match(await stack.upstream.mustKubectl(['get', 'ns'], { kubeconfig: tenant }), /^default +Active/m);
    // The page, and what ends Envoy, are for nobody at that port.
    for (const path of ['/', '/quitquitquit', '/config_dump']) {
      assert.equal(await gateway.probe({ httpGet: { path, port: 'stats' } }), 404, path);
    }
  });

  it('is found in order by the doctor, in either pod', async () => {
    for (const [name, container, checks] of [
      ['gateway', 'sidecar', 'gateway-rights,sidecar,certificates,upstream-version,etcd,clocks,replicas'],
      ['controller', 'controller', 'controller-rights,policies,prefixes,tenants,etcd,leader,authenticated-grants'],
    ] as const) {
      const pod = stack.pod('Deployment', `${RELEASE}-${name}`);
      const found = pod.containers.find((each) => each.name === container)!;
      const said = await pod.run({ ...found, args: ['doctor', '--config', '/etc/kubezoo/config/config.yaml', '--only', checks] });
      assert.match(said, /\d+ ok, 0 warnings, 0 failures\n$/, said);
    }
  });

  describe('RBAC', () => {
    before(async () => {
      await useFeatures(stack, 'chart2', await stack.makeTenant('chart2', { quota: QUOTA }));
      await removeTenant(stack, 'chart2');
    });

    for (const component of ['gateway', 'controller']) {
      it(`lets the ${component} do all that it does, and nothing else`, () => {
        const events = eventsOf(component);
        const refused = events.filter(isForbidden);
        assert.deepEqual(
          refused.map(({ verb, requestURI, responseStatus }) => `${verb} ${requestURI}: ${responseStatus?.message}`),
          [],
        );
        const used = events.flatMap(rightsUsed);
        assert.deepEqual(notNeeded(rulesOf(component), used), []);
        // Of a rule too much, it says so.
        const more: PlatformRule = { why: '', apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
        assert.deepEqual(notNeeded([...rulesOf(component), more], used), ['get secrets.'], used.slice(0, 1).map(describeRight).join());
      });
    }

    /** Runs `work` while the role has no such rule. */
    async function without(component: string, verb: string, work: () => Promise<void>): Promise<void> {
      const set = (rules: readonly PlatformRule[]) =>
        kubectl('patch', 'clusterrole', roleOf(component), '--type=merge', '-p', JSON.stringify({ rules }));
      const kept = rulesOf(component).filter(({ verbs }) => !verbs.includes(verb));
      assert.ok(kept.length < rulesOf(component).length);
      await set(kept);
      try {
        await work();
      } finally {
        await set(rulesOf(component));
      }
    }
    const forbidden = (component: string, what: RegExp) =>
      waitUntil(
        `${component}: ${what}`,
        async () => eventsOf(component).some((event) => isForbidden(event) && what.test(event.requestURI)),
        { timeoutMs: 30_000 },
      );

    it('without one of the rules tenants are not let in, not made, and get no certificates', async () => {
      const tenant = featureUser(await stack.makeTenant('chart3'));
      const token = async () => {
        const spec = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
        return (await tenant.must('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', spec)).status.token as string;
      };
      try {
        // Rules come into force within moments; each token is new, as the gateway remembers what it has been told of one.
        await without('gateway', 'create', async () => {
          await waitUntil('tokens to be refused', async () => (await askWithToken(stack, await token())).status !== 200, {
            timeoutMs: 20_000,
          });
        });
        await waitUntil('tokens to count', async () => (await askWithToken(stack, await token())).status === 200, { timeoutMs: 20_000 });
        await without('controller', 'sign', async () => {
          await assert.rejects(askForCertificate(tenant, 'late', 3_000));
          await forbidden('controller', /certificatesigningrequests\/chart3-late\//);
        });
        await certificateOf(tenant.must, 'late', 60_000);
        let made: Promise<string> | undefined;
        await without('controller', 'escalate', async () => {
          made = stack.makeTenant('chart4');
          await forbidden('controller', /clusterrole(binding)?s\/.*chart4/);
        });
        await made;
      } finally {
        tenant.close();
      }
    });
  });

  // Mocha runs what stands in no group before the groups.
  describe('with helm', () => {
    it('is upgraded, rolled back and uninstalled, and the keys stay', async () => {
      const readSecret = async () => JSON.parse(await kubectl('-n', NAMESPACE, 'get', 'secret', `${RELEASE}-pki`, '-o', 'json'));
      const replicas = () => kubectl('-n', NAMESPACE, 'get', 'deployment', `${RELEASE}-gateway`, '-o', 'jsonpath={.spec.replicas}');
      const { data } = await readSecret();
      const release = (...args: string[]) => stack.helm(...args, '--namespace', NAMESPACE);
      const chart = [RELEASE, CHART, '--values', stack.valuesFile];
      await release('upgrade', ...chart, '--set', 'gateway.replicas=2,config.logLevel=debug');
      assert.equal(await replicas(), '2');
      assert.match(await kubectl('-n', NAMESPACE, 'get', 'job', `${RELEASE}-pki-2`), /pki-2/);
      await release('rollback', RELEASE, '1');
      assert.equal(await replicas(), '3');
      await assert.rejects(
        stack.helm('install', 'another', ...chart.slice(1), '--namespace', 'default'),
        new RegExp(`has KubeZoo already \\(ClusterRole ${roleOf('gateway')}\\)`),
      );
      await release('uninstall', RELEASE);
      assert.deepEqual((await readSecret()).data, data);
      const left = await kubectl(
        '-n',
        NAMESPACE,
        'get',
        'deployments,services,configmaps,serviceaccounts,jobs,cronjobs,networkpolicies',
        '-l',
        'app.kubernetes.io/name=kubezoo',
        '-o',
        'name',
      );
      assert.equal(left, '');
    });
  });
});

/** The quota is the platform's: a tenant can neither change nor shadow it, and it holds while parts of the platform are away. */
import assert from 'node:assert/strict';
import { loadConfig } from '../../../src/config/config.ts';
import { answersWith } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openEtcdKeys } from '../../../src/tenants/etcd-keys.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Answer, asking, assertExceeded, MERGE, makeQuotaTenant, type QuotaTenant, TENANTS } from './quota-tenant.ts';

const TENANT = 'quota2';
const QUOTAS = '/api/v1/namespaces/default/resourcequotas';
const MAPS = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const GATE = '/api/v1/namespaces/kube-system/configmaps/kubezoo-quota';
const WEBHOOK = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kubezoo-quota';
/** Each of the four built-in namespaces has one of Kubernetes' own, and so has every other. */
const MAPS_LIMIT = 14;

const map = (name: string) => ({ metadata: { name } });

describe('quota of a tenant, against the tenant', function () {
  this.timeout(120_000);
  let stack: Stack;
  let tenant: QuotaTenant;
  let platform: ReturnType<typeof asking>;
  let operator: ReturnType<typeof asking>;
  const closers: (() => void)[] = [];

  before(async () => {
    stack = await sharedStack();
    const [upstream, operators] = [stack.client('upstream'), stack.client('operator')];
    platform = asking(upstream);
    operator = asking(operators);
    tenant = await makeQuotaTenant(stack, TENANT, undefined);
    closers.push(
      () => upstream.close(),
      () => operators.close(),
      () => tenant.close(),
    );
  });

  after(async () => {
    await operator.ask('DELETE', `${TENANTS}/${TENANT}`);
    for (const close of closers) close();
  });

  const setHard = (hard: object | null) => operator.must('PATCH', `${TENANTS}/${TENANT}`, { spec: { quota: hard && { hard } } }, MERGE);
  const managed = async () =>
    (await platform.must('GET', '/api/v1/resourcequotas?labelSelector=kubezoo.io/quota-object')).items.filter(
      ({ metadata }: { metadata: { namespace: string } }) => metadata.namespace.startsWith(`${TENANT}-`),
    );
  const countMaps = () => tenant.count('/api/v1/configmaps');
  const awaitHard = (hard: object) =>
    waitUntil(
      'the quota to be in force',
      async () => {
        const { status, body } = await tenant.ask('GET', `${QUOTAS}/kubezoo-tenant`);
        const used = await operator.must('GET', `${TENANTS}/${TENANT}`);
        return (
          status === 200 &&
          JSON.stringify(body.spec.hard) === JSON.stringify(hard) &&
          JSON.stringify(used.status.quota?.hard) === JSON.stringify(hard)
        );
      },
      { timeoutMs: 30_000 },
    );
  const refusedAsThePlatforms = ({ status, body, text }: Answer) => {
    assert.equal(status, 403, text);
    assert.match(body.message, /the quota of your cluster is set by the platform/);
    assert.doesNotMatch(text, /quota2-|dmissionPolicy/);
  };

  it('is refused in Kubernetes’ words when it is none', async () => {
    const { status, body } = await operator.ask(
      'PATCH',
      `${TENANTS}/${TENANT}`,
      { spec: { quota: { hard: { pod: '1', pods: '-1', cpu: 'two' } } } },
      MERGE,
    );
    assert.equal(status, 422);
    assert.deepEqual(
      body.details.causes.map(({ field }: { field: string }) => field),
      ['spec.quota.hard[pod]', 'spec.quota.hard[pods]', 'spec.quota.hard[cpu]'],
    );
    assert.match(body.message, /must be a standard resource for quota.*must be greater than or equal to 0.*quantities must match/);
  });

  it('objects of its name cannot be made before there is one, nor the label that opens a namespace', async () => {
    for (const name of ['kubezoo-tenant', 'kubezoo-share']) {
      refusedAsThePlatforms(await tenant.ask('POST', QUOTAS, { metadata: { name }, spec: { hard: { pods: '1' } } }));
      const applied = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard: { pods: '1' } } };
      refusedAsThePlatforms(await tenant.ask('PATCH', `${QUOTAS}/${name}?fieldManager=me`, applied, 'application/apply-patch+yaml'));
    }
    await tenant.must('POST', '/api/v1/namespaces', { metadata: { name: 'early', labels: { 'kubezoo.io/quota': 'ready' } } });
    const { metadata } = await platform.must('GET', `/api/v1/namespaces/${TENANT}-early`);
    assert.equal(metadata.labels['kubezoo.io/quota'], undefined);
  });

  it('a quota below what there is leaves that, and lets nothing more be made', async () => {
    for (let i = 0; i < 5; i++) await tenant.must('POST', MAPS('default'), map(`old${i}`));
    // The CA's ConfigMap, which each namespace gets a little later.
    const ca = `${MAPS('early')}/kube-root-ca.crt`;
    await waitUntil('the CA of the namespace', async () => (await tenant.ask('GET', ca)).status === 200, { timeoutMs: 20_000 });
    const before = await countMaps();
    const hard = { 'count/configmaps': '7' };
    await setHard(hard);
    await awaitHard(hard);
    assert.equal(await countMaps(), before);
    assertExceeded(
      await tenant.ask('POST', MAPS('early'), map('new')),
      new RegExp(`used: count/configmaps=${before}, limited: count/configmaps=7`),
    );
    assertExceeded(await tenant.ask('POST', MAPS('default'), map('new')), /exceeded quota: kubezoo-tenant/);
  });

  it('more of it is room at once, and a new key is counted from what is there', async () => {
    const hard = { 'count/configmaps': String(MAPS_LIMIT), secrets: '2' };
    await setHard(hard);
    await awaitHard(hard);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        tenant.ask('POST', MAPS(['default', 'early', 'kube-system', 'kube-public'][i % 4]!), map(`more${i}`)),
      ),
    );
    assert.ok(
      answers.every(({ status }) => status === 201 || status === 403),
      JSON.stringify(answers.map(({ text }) => text)),
    );
    assert.equal(await countMaps(), MAPS_LIMIT);
    await Promise.all(['default', 'early', 'kube-system'].map((ns) => tenant.ask('POST', `/api/v1/namespaces/${ns}/secrets`, map('s'))));
    assert.equal(await tenant.count('/api/v1/secrets'), 2);
  });

  it('cannot be changed or deleted by the tenant; its own ResourceQuotas are its own', async () => {
    for (const name of ['kubezoo-tenant', 'kubezoo-share']) {
      const path = `${QUOTAS}/${name}`;
      // Without a version: the platform writes it, too.
      const { metadata, ...rest } = await tenant.must('GET', path);
      const shown = { ...rest, metadata: { ...metadata, resourceVersion: undefined } };
      const spec = { hard: { 'count/configmaps': '1000' } };
      refusedAsThePlatforms(await tenant.ask('DELETE', path));
      refusedAsThePlatforms(await tenant.ask('PATCH', path, { spec }, MERGE));
      refusedAsThePlatforms(await tenant.ask('PATCH', path, [{ op: 'remove', path: '/spec/hard' }], 'application/json-patch+json'));
      refusedAsThePlatforms(await tenant.ask('PUT', path, { ...shown, spec }));
      refusedAsThePlatforms(await tenant.ask('PATCH', `${path}/status`, { status: spec }, MERGE));
      refusedAsThePlatforms(await tenant.ask('PUT', `${path}/status`, { ...shown, status: { hard: spec.hard, used: {} } }));
      refusedAsThePlatforms(await tenant.ask('PATCH', path, { metadata: { labels: { a: 'b' } } }, MERGE));
    }
    refusedAsThePlatforms(await tenant.ask('DELETE', QUOTAS));
    await tenant.must('POST', QUOTAS, { metadata: { name: 'own' }, spec: { hard: { pods: '1' } } });
    await tenant.must('PATCH', `${QUOTAS}/own`, { spec: { hard: { pods: '2' } } }, MERGE);
    await tenant.must('DELETE', `${QUOTAS}/own`);
    assert.equal((await managed()).length, 10);
  });

  it('a tenant that writes a namespace anew does not get out of it', async () => {
    const path = '/api/v1/namespaces/early';
    const shown = await tenant.must('GET', path);
    await tenant.must('PUT', path, { ...shown, metadata: { ...shown.metadata, labels: { own: 'label' } } });
    assertExceeded(await tenant.ask('POST', MAPS('early'), map('sly')), /exceeded quota|not yet in force/);
    assert.equal(await countMaps(), MAPS_LIMIT);
    await waitUntil(
      'the namespace to be open again',
      async () => (await platform.must('GET', `/api/v1/namespaces/${TENANT}-early`)).metadata.labels['kubezoo.io/quota'] === 'ready',
      { timeoutMs: 15_000 },
    );
  });

  it('the list of tenants with quota comes back when somebody of the platform deletes it', async () => {
    await platform.must('DELETE', GATE);
    await waitUntil('it to be there', async () => (await platform.ask('GET', GATE)).body.data?.[TENANT] === '', { timeoutMs: 15_000 });
  });

  it('nothing is made in a namespace before its share is in force, by whomever', async () => {
    const name = `${TENANT}-byhand`;
    await tenant.must('DELETE', `${MAPS('default')}/old0`);
    await platform.must('POST', '/api/v1/namespaces', { metadata: { name, labels: { 'kubezoo.io/tenant': TENANT } } });
    const { status, text } = await platform.ask('POST', MAPS(name), map('first'));
    assert.equal(status, 403, text);
    assert.match(text, /the quota of your cluster is not yet in force in this namespace/);
    await waitUntil(
      'the namespace to be open',
      async () =>
        (await platform.ask('POST', `${MAPS(name)}?dryRun=All`, map('first'))).status === 201 || (await countMaps()) === MAPS_LIMIT,
      {
        timeoutMs: 15_000,
      },
    );
    await platform.must('DELETE', `/api/v1/namespaces/${name}`);
    await waitUntil('it to be gone', async () => (await platform.ask('GET', `/api/v1/namespaces/${name}`)).status === 404, {
      timeoutMs: 20_000,
    });
  });

  it('holds while no gateway answers upstream', async () => {
    for (let i = 1; i < 5; i++) await tenant.ask('DELETE', `${MAPS('default')}/old${i}`);
    await waitUntil('room', async () => (await countMaps()) <= MAPS_LIMIT - 4, { timeoutMs: 15_000 });
    const whole = await platform.must('GET', WEBHOOK);
    const [webhook] = whole.webhooks;
    const away = { ...webhook, clientConfig: { ...webhook.clientConfig, url: 'https://127.0.0.1:1/away' } };
    await platform.must('PUT', WEBHOOK, { ...whole, webhooks: [away] });
    try {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => tenant.ask('POST', MAPS(['default', 'early'][i % 2]!), map(`blind${i}`))),
      );
      assert.ok(answers.some(({ status }) => status === 403));
      const count = await countMaps();
      assert.ok(count <= MAPS_LIMIT, `${count} of ${MAPS_LIMIT}`);
    } finally {
      const now = await platform.must('GET', WEBHOOK);
      await platform.must('PUT', WEBHOOK, { ...now, webhooks: whole.webhooks });
    }
    await waitUntil(
      'the limit to be reached again',
      async () => {
        await tenant.ask('POST', MAPS('early'), { metadata: { generateName: 'again-' } });
        return (await countMaps()) === MAPS_LIMIT;
      },
      { timeoutMs: 15_000 },
    );
    assertExceeded(await tenant.ask('POST', MAPS('early'), map('last')), /used: count\/configmaps=14, limited: count\/configmaps=14/);
  });

  it('holds where upstream’s controller has missed what was just being made', async () => {
    const path = `/api/v1/namespaces/${TENANT}-default/resourcequotas/kubezoo-share`;
    const share = await platform.must('GET', path);
    const [hard, used] = [share.status.hard['count/configmaps'], share.status.used['count/configmaps']];
    const missed = {
      hard: { 'count/configmaps': String(Math.max(Number(hard), Number(used))) },
      used: { 'count/configmaps': String(Number(used) - 2) },
    };
    await platform.must('PATCH', `${path}/status`, { status: missed }, MERGE);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => tenant.ask('POST', MAPS(['default', 'early'][i % 2]!), map(`missed${i}`))),
    );
    for (const answer of answers) assertExceeded(answer, /used: count\/configmaps=14, limited: count\/configmaps=14/);
    assert.equal(await countMaps(), MAPS_LIMIT);
    assert.equal((await platform.must('GET', path)).status.used['count/configmaps'], used);
  });

  it('holds while the gateway is started anew', async () => {
    await stack.restartSidecar();
    const client = stack.client({ tenant: TENANT });
    await waitUntil('the gateway', () => answersWith(client, MAPS('default')), { timeoutMs: 20_000 });
    client.close();
    assertExceeded(await tenant.ask('POST', MAPS('early'), map('last')), /used: count\/configmaps=14, limited: count\/configmaps=14/);
  });

  it('goes without a trace', async () => {
    await setHard(null);
    await waitUntil('the objects to be gone', async () => (await managed()).length === 0, { timeoutMs: 20_000 });
    await waitUntil('the gate to be open', async () => (await platform.must('GET', GATE)).data?.[TENANT] === undefined, {
      timeoutMs: 10_000,
    });
    const { items } = await platform.must('GET', '/api/v1/namespaces?labelSelector=kubezoo.io/quota');
    assert.deepEqual(
      items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name.startsWith(`${TENANT}-`)),
      [],
    );
    await waitUntil('the status to be told', async () => (await operator.must('GET', `${TENANTS}/${TENANT}`)).status.quota === undefined, {
      timeoutMs: 10_000,
    });
    await Promise.all(Array.from({ length: 6 }, (_, i) => tenant.must('POST', MAPS('default'), map(`free${i}`))));
  });

  it('leaves nothing behind when the tenant goes', async () => {
    const { etcdEndpoints: endpoints, etcdPrefix: prefix } = loadConfig(stack.home.config);
    const keys = openEtcdKeys({ endpoints, prefix });
    closers.push(() => keys.close());
    const hard = { 'count/namespaces': '9', pods: '3' };
    await setHard(hard);
    await awaitHard(hard);
    assert.equal((await keys.list(`quota/${TENANT}/`)).length, 1);
    await operator.must('DELETE', `${TENANTS}/${TENANT}`);
    await waitUntil('the tenant to be gone', async () => (await operator.ask('GET', `${TENANTS}/${TENANT}`)).status === 404, {
      timeoutMs: 60_000,
    });
    await waitUntil('its keys to be gone', async () => (await keys.list(`quota/${TENANT}/`)).length === 0, { timeoutMs: 10_000 });
    assert.equal((await platform.must('GET', GATE)).data?.[TENANT], undefined);
  });
});

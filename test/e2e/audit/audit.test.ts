/**
 * The request log and the audit log of a whole stack, beside kube-apiserver's own audit log: nothing secret in them, nothing missing, nothing too
 * much, and events in the form that upstream has.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../../src/gateway/records/audit-event.ts';
import { type KubeAnswer, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';
import { fieldsOf, problemsOfEvent } from './event-form.ts';
import { type Attempt, attemptsOfOperator, attemptsOfTenant, Secrets } from './secrets.ts';

const POLICY = {
  ...{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] },
  rules: [
    { level: 'None', users: ['system:apiserver', 'system:kube-controller-manager'] },
    // Of no effect, as the test of ids shows: rules know whoever has authenticated, the gateway, and not whom it impersonates.
    { level: 'None', users: ['kubezoo:demo02:admin'] },
    { level: 'None', userGroups: ['kubezoo:demo02:tenant-admins'] },
    // What the gateway asks for itself.
    {
      level: 'None',
      users: ['kubezoo-gateway'],
      verbs: ['create'],
      resources: [{ group: 'authentication.k8s.io' }, { group: 'authorization.k8s.io' }],
    },
    { level: 'Metadata' },
  ],
};
const TENANTS = ['demo01', 'demo02'];
const until = <Found>(what: string, probe: () => Promise<Found | undefined | false>) => waitUntil(what, probe, { timeoutMs: 20_000 });
const idOf = ({ headers }: KubeAnswer) => String(headers['audit-id']);

interface RequestLine {
  readonly auditId: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly verb: string;
  readonly code: number;
  readonly end: string;
  readonly local?: boolean;
}

describe('request log and audit log', function () {
  this.timeout(60_000);
  let folder: string;
  let stack: Stack;
  const clients: KubeClient[] = [];
  const linesOf = <Line>(file: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  const auditFile = () => join(stack.home.logsDir, 'audit.log');
  const requestFile = () => join(folder, 'requests.log');
  const events = () => linesOf<AuditEvent>(auditFile());
  const requests = () => linesOf<RequestLine>(requestFile());
  const upstreamEvents = () => linesOf<AuditEvent>(join(folder, 'upstream.log'));
  const clientOf = (as: Parameters<Stack['client']>[0]) => {
    const client = stack.client(as);
    clients.push(client);
    return client;
  };
  const send = (client: KubeClient, { method, path, options }: Attempt) => client.request(method, path, options);
  const eventOf = (id: string, of = events) => until(`the event ${id}`, async () => of().find(({ auditID }) => auditID === id));
  const toldOf = (ids: readonly string[]) =>
    until('all requests to be in the request log', async () => {
      const told = new Set(requests().map(({ auditId }) => auditId));
      return ids.every((id) => told.has(id));
    });

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), 'kz-audit-'));
    const upstreamAudit = { policyFile: join(folder, 'policy.json'), logFile: join(folder, 'upstream.log') };
    writeFileSync(upstreamAudit.policyFile, JSON.stringify(POLICY));
    process.env.KUBEZOO_CONFIG_REQUEST_LOG = JSON.stringify({ requests: 'all', path: requestFile() });
    try {
      stack = await startStack({ tenants: TENANTS, upstreamAudit, workers: 2 });
    } finally {
      delete process.env.KUBEZOO_CONFIG_REQUEST_LOG;
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells what is refused to two tenants and what the operator changes, once each, and nothing else', async () => {
    const before = new Set(events().map(({ auditID }) => auditID));
    const expected = new Map<string, { tenant: string; code: number; reason: string; verb: string }>();
    for (const tenant of TENANTS) {
      const client = clientOf({ tenant });
      const refused: [Attempt, number, string, string][] = [
        [{ method: 'DELETE', path: '/api/v1/namespaces/default' }, 403, 'Forbidden', 'delete'],
        [{ method: 'POST', path: '/api/v1/nodes', options: { body: { kind: 'Node', apiVersion: 'v1' } } }, 403, 'Forbidden', 'create'],
        [{ method: 'GET', path: '/api/v1/nodes/n' }, 404, 'NotFound', 'get'],
        [{ method: 'GET', path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas' }, 403, 'Forbidden', 'list'],
        [{ method: 'GET', path: '/api/v1//pods' }, 400, 'BadRequest', 'get'],
      ];
      for (const [attempt, code, reason, verb] of refused) {
        const answer = await send(client, attempt);
        assert.equal(answer.status, code, answer.body);
        expected.set(idOf(answer), { tenant, code, reason, verb });
      }
      // What is let through, or answered here as it was asked for, is in nobody's way.
      for (const path of ['/api/v1/namespaces/default/configmaps', '/api/v1/configmaps', '/api', '/api/v1/nodes', '/version']) {
        assert.equal((await client.request('GET', path)).status, 200, path);
      }
    }
    const tenant = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: 'audit1' } };
    await stack.mustKubectl(['create', '-f', '-'], 'operator', { stdin: JSON.stringify(tenant) });
    const patch = '{"spec":{"limits":{"maxRequestsInflight":4}}}';
    await stack.mustKubectl(['patch', 'tenant', 'audit1', '--type=merge', '-p', patch], 'operator');
    await stack.mustKubectl(['get', 'tenants'], 'operator');
    await stack.mustKubectl(['delete', 'tenant', 'audit1', '--wait=false'], 'operator');
    const fresh = await until('all events', async () => {
      const found = events().filter(({ auditID }) => !before.has(auditID));
      return found.length >= expected.size + 3 ? found : undefined;
    });
    assert.equal(fresh.length, expected.size + 3);
    for (const event of fresh) assert.deepEqual(problemsOfEvent(event), [], JSON.stringify(event));
    const ofOperator = fresh.filter(({ user }) => user.username === 'operator');
    assert.deepEqual(
      ofOperator.map(({ verb, objectRef, responseStatus, requestObject, level }) => [
        ...[level, verb, objectRef?.name, responseStatus?.code],
        (requestObject as { spec?: unknown })?.spec,
      ]),
      [
        ['Request', 'create', undefined, 201, undefined],
        ['Request', 'patch', 'audit1', 200, { limits: { maxRequestsInflight: 4 } }],
        ['Request', 'delete', 'audit1', 200, undefined],
      ],
    );
    const ofTenants = fresh.filter((event) => !ofOperator.includes(event));
    assert.deepEqual(
      new Map(
        ofTenants.map(({ auditID, annotations, responseStatus, verb }) => [
          auditID,
          { tenant: annotations?.['kubezoo.io/tenant'], code: responseStatus?.code, reason: responseStatus?.reason, verb },
        ]),
      ),
      expected,
    );
    for (const { user, sourceIPs } of ofTenants) assert.deepEqual([user.username, sourceIPs], ['admin', ['127.0.0.1']]);
    // For the platform's people: upstream's names are not needed, and not told.
    assert.doesNotMatch(JSON.stringify(ofTenants), /kubezoo:demo|demo0[12]-/);
  });

  it('shows a refusal in the form in which kube-apiserver shows its own', async () => {
    const tenant = clientOf({ tenant: 'demo01' });
    const admin = clientOf('upstream');
    const nobody = (kubeconfig: string) => {
      const { server, ca } = readKubeconfig(kubeconfig);
      const client = new KubeClient({ server, ca, token: 'not-a-token' });
      clients.push(client);
      return client;
    };
    const asJane = { headers: { 'impersonate-user': 'jane', 'user-agent': 'kubectl/v1' } };
    const cases: [string, KubeAnswer, KubeAnswer][] = [
      [
        'forbidden, with a name',
        await tenant.request('DELETE', '/api/v1/namespaces/default'),
        await admin.request('DELETE', '/api/v1/namespaces/default', asJane),
      ],
      [
        'forbidden, by the local API',
        await tenant.request('POST', '/apis/apiregistration.k8s.io/v1/apiservices', { body: {} }),
        await admin.request('POST', '/apis/apiregistration.k8s.io/v1/apiservices', { ...asJane, body: {} }),
      ],
      ['an object that is not there', await tenant.request('GET', '/api/v1/nodes/n'), await admin.request('GET', '/api/v1/nodes/n')],
      ['a path that is not there', await tenant.request('GET', '/nowhere'), await admin.request('GET', '/nowhere')],
      [
        'nobody',
        await nobody(stack.kubeconfig({ tenant: 'demo01' })).request('GET', '/api/v1/pods'),
        await nobody(stack.kubeconfig('upstream')).request('GET', '/api/v1/pods'),
      ],
    ];
    for (const [name, ours, theirs] of cases) {
      assert.equal(ours.status, theirs.status, name);
      const event = await eventOf(idOf(ours));
      const real = await eventOf(idOf(theirs), upstreamEvents);
      assert.deepEqual(problemsOfEvent(real), [], name);
      assert.deepEqual(problemsOfEvent(event), [], name);
      // What only one of them can know, or whom it is about.
      const isOwn = (field: string) => /^(user\.|impersonatedUser|annotations\.(kubezoo|authorization))/.test(field);
      const fields = (of: AuditEvent) => fieldsOf(of).filter((field) => !isOwn(field) && !/^user: /.test(field));
      const added = fields(event).filter((field) => !fields(real).includes(field));
      const missing = fields(real).filter((field) => !fields(event).includes(field));
      assert.deepEqual({ added, missing }, { added: [], missing: [] }, `${name}: ${JSON.stringify(real)} and ${JSON.stringify(event)}`);
      // Of a 401 kube-apiserver has no more than the beginning of the answer.
      for (const field of ['kind', 'apiVersion', 'level', 'stage', 'verb', 'requestURI', 'sourceIPs'] as const)
        assert.deepEqual(event[field], name === 'nobody' && field === 'stage' ? 'ResponseComplete' : real[field], `${name}: ${field}`);
      assert.equal(event.responseStatus?.code, real.responseStatus?.code, name);
      const decision = 'authorization.k8s.io/decision';
      if (event.responseStatus?.code === 403) assert.equal(event.annotations?.[decision], real.annotations?.[decision], name);
    }
  });

  it('has each forwarded request under the id that upstream has, and no id of a client', async () => {
    const client = clientOf({ tenant: 'demo02' });
    const own = '11111111-2222-4333-8444-555555555555';
    const ids: string[] = [];
    for (const [method, path] of [
      ['GET', '/api/v1/namespaces/default/configmaps'],
      ['POST', '/api/v1/namespaces/default/configmaps'],
      ['GET', '/api/v1/namespaces/default/configmaps/none'],
    ] as const) {
      const body = method === 'POST' ? { kind: 'ConfigMap', apiVersion: 'v1', metadata: { generateName: 'c-' } } : undefined;
      ids.push(idOf(await client.request(method, path, { body, headers: { 'audit-id': own } })));
    }
    await toldOf(ids);
    const lines = requests().filter(({ auditId }) => ids.includes(auditId));
    assert.deepEqual(
      lines.map(({ verb, code, end, tenant, user }) => [verb, code, end, tenant, user]),
      [
        ['list', 200, 'whole', 'demo02', 'admin'],
        ['create', 201, 'whole', 'demo02', 'admin'],
        ['get', 404, 'whole', 'demo02', 'admin'],
      ],
    );
    for (const { auditId, verb, code } of lines) {
      const event = await eventOf(auditId, upstreamEvents);
      assert.deepEqual([event.verb, event.responseStatus?.code, event.impersonatedUser?.username], [verb, code, 'kubezoo:demo02:admin']);
    }
    assert.ok([...events(), ...upstreamEvents()].every(({ auditID }) => auditID !== own));
  });

  it('holds nothing secret, wherever it was sent', async () => {
    const secrets = new Secrets();
    const ids: string[] = [];
    const tenant = clientOf({ tenant: 'demo01' });
    for (const attempt of attemptsOfTenant(secrets)) ids.push(idOf(await send(tenant, attempt)));
    const { server, ca } = readKubeconfig(stack.kubeconfig({ tenant: 'demo01' }));
    for (const token of [secrets.word('bearer'), secrets.jwt('bearer')]) {
      const nobody = new KubeClient({ server, ca, token });
      clients.push(nobody);
      ids.push(idOf(await nobody.request('GET', '/api/v1/pods')));
    }
    const operator = clientOf('operator');
    const statuses: number[] = [];
    for (const attempt of attemptsOfOperator(secrets, 'demo02', stack.kubeconfig({ tenant: 'demo02' }))) {
      const answer = await send(operator, attempt);
      statuses.push(answer.status);
      ids.push(idOf(answer));
    }
    assert.ok(statuses.includes(200), 'some of the operator’s are written');
    for (const { certificatePem, keyPem } of [readFiles(stack)]) secrets.all.push(...bodyLines(certificatePem), ...bodyLines(keyPem));
    assert.ok(!ids.includes('undefined'), 'each answer has its id');
    await toldOf(ids);
    const files = [requestFile(), auditFile(), join(stack.home.logsDir, 'sidecar.log'), join(stack.home.logsDir, 'controller.log')];
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const found = secrets.all.filter((secret) => text.includes(secret));
      const lines = text.split('\n').filter((line) => found.some((secret) => line.includes(secret)));
      assert.deepEqual(lines, [], file);
    }
    for (const event of events()) assert.deepEqual(problemsOfEvent(event), [], JSON.stringify(event));
  });

  it('sums a flood of 429s, with their number', async () => {
    await stack.mustKubectl(
      ['patch', 'tenant', 'demo02', '--type=merge', '-p', '{"spec":{"limits":{"requestsPerSecond":1,"burst":1}}}'],
      'operator',
    );
    const client = clientOf({ tenant: 'demo02' });
    await until('the limit to be in force', async () => (await client.request('GET', '/version')).status === 429);
    let refused = 0;
    const since = Date.now();
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let index = 0; index < 30; index++) if ((await client.request('GET', '/version')).status === 429) refused++;
      }),
    );
    // What Envoy has refused itself is told with what passes next, on the same connections.
    await stack.mustKubectl(['patch', 'tenant', 'demo02', '--type=merge', '-p', '{"spec":{"limits":null}}'], 'operator');
    await until('all to pass', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => client.request('GET', '/version')));
      refused += answers.filter(({ status }) => status === 429).length;
      return answers.every(({ status }) => status === 200);
    });
    const countOf = ({ annotations }: AuditEvent) => Number(annotations?.['kubezoo.io/count'] ?? 1);
    const ofFlood = await until('the sums', async () => {
      const found = events().filter(
        ({ responseStatus, stageTimestamp }) => responseStatus?.code === 429 && Date.parse(stageTimestamp) >= since,
      );
      return found.reduce((sum, event) => sum + countOf(event), 0) >= refused ? found : undefined;
    });
    assert.ok(ofFlood.length <= refused / 3, `${ofFlood.length} events for ${refused} refusals`);
    for (const event of ofFlood) assert.deepEqual(problemsOfEvent(event), [], JSON.stringify(event));
  });

  it('keeps both files for their owner alone', () => {
    for (const file of [auditFile(), requestFile()]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  });
});

/** The operator's own certificate and key. */
function readFiles(stack: Stack): { certificatePem: string; keyPem: string } {
  const { clientCert = '', clientKey = '' } = readKubeconfig(stack.kubeconfig('operator'));
  return { certificatePem: String(clientCert), keyPem: String(clientKey) };
}

function bodyLines(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----'));
}

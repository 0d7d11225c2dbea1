/** Tenants' users with ID tokens of an OIDC issuer. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { readWebSocketOverHttp2 } from '../../helpers/http2-websocket.ts';
import { type Claims, forgedTokens, idToken, newKey, type OidcIssuer, signToken, startOidcIssuer } from '../../helpers/oidc-issuer.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';
import { type FakeNode, startFakeNode } from '../inflight-limit/fake-node.ts';

const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const REVIEW = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
const DEFAULT = '/api/v1/namespaces/default';
const ALICE: Claims = { kubezoo_tenant: 'demo01', sub: 'alice', groups: ['dev'] };

describe('OIDC', function () {
  this.timeout(120_000);
  let folder: string;
  let issuer: OidcIssuer;
  let stack: Stack;
  let gateway: Pick<Cluster, 'server' | 'ca'>;
  let node: FakeNode | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kz-oidc-'));
    issuer = await startOidcIssuer(folder);
    const oidcFile = join(folder, 'oidc.json');
    writeFileSync(
      oidcFile,
      JSON.stringify({
        issuer: issuer.issuer,
        audiences: ['kubezoo-test'],
        jwksUri: issuer.jwksUri,
        jwksCaFile: 'issuer-ca.crt',
        jwksCacheSeconds: 1,
      }),
    );
    stack = await startStack({ oidcFile });
    const { server, ca } = readKubeconfig(stack.kubeconfig('operator'));
    gateway = { server, ca };
    for (const tenant of ['demo01', 'demo02'])
      await stack.mustKubectl(['create', 'rolebinding', 'devs', '--clusterrole=edit', '--group=oidc:dev', '-n', 'default'], { tenant });
    // What `edit` and `view` hold is gathered by a controller.
    for (const kubezoo_tenant of ['demo01', 'demo02'])
      await waitUntil('the rights of devs', () => canGet({ ...ALICE, kubezoo_tenant }, `${DEFAULT}/secrets`), { timeoutMs: 30_000 });
    await stack.mustKubectl(['create', 'clusterrolebinding', 'viewer', '--clusterrole=view', '--user=oidc:alice'], { tenant: 'demo01' });
    await waitUntil('the rights of a viewer', () => canGet({ ...ALICE, groups: [] }, '/api/v1/configmaps'), { timeoutMs: 30_000 });
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(stack?.logs());
    await node?.close();
    await stack?.stop();
    await issuer?.close();
    rmSync(folder, { recursive: true });
  });

  async function canGet(claims: Claims, path: string): Promise<boolean> {
    return (await openExchange(as(issuer.token(claims)), path).answer()).status === 200;
  }

  const as = (token: string): Cluster => ({ ...gateway, token });
  const whoAmI = (cluster: Cluster) =>
    openExchange(cluster, WHO_AM_I, { method: 'POST', headers: { 'content-type': 'application/json' }, body: REVIEW }).answer();

  async function assertIs(claims: Claims, user: string, groups: readonly string[]): Promise<void> {
    const { status, body } = await whoAmI(as(issuer.token(claims)));
    assert.equal(status, 201, body);
    const { userInfo } = JSON.parse(body).status;
    assert.equal(userInfo.username, user);
    assert.deepEqual(userInfo.groups, [...groups, 'system:authenticated']);
    assert.doesNotMatch(body, /kubezoo:|demo0/);
  }

  async function assertUnauthorized(token: string): Promise<void> {
    const { status, body } = await whoAmI(as(token));
    assert.equal(status, 401, body);
    const { kind, reason, message } = JSON.parse(body);
    assert.deepEqual({ kind, reason, message }, { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
  }

  it('a token names its user and groups, in the tenant that its claim names', async () => {
    await assertIs(ALICE, 'oidc:alice', ['oidc:dev']);
    await assertIs({ ...ALICE, groups: 'one' }, 'oidc:alice', ['oidc:one']);
    await assertIs({ ...ALICE, groups: undefined }, 'oidc:alice', []);
  });

  it('rights are the tenant’s own RBAC, the other tenant’s are another', async () => {
    const create = (token: string, name: string) =>
      openExchange(as(token), `${DEFAULT}/configmaps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
      }).answer();
    assert.equal((await create(issuer.token(ALICE), 'of-alice')).status, 201);
    assert.equal((await create(issuer.token({ ...ALICE, kubezoo_tenant: 'demo02' }), 'of-her-namesake')).status, 201);
    const refused = await create(issuer.token({ ...ALICE, groups: ['other'] }), 'refused');
    assert.equal(refused.status, 403);
    assert.match(refused.body, /User \\"oidc:alice\\" cannot create resource/);
    const names = async (tenant: string) => await stack.mustKubectl(['get', 'configmaps', '-o', 'name'], { tenant });
    assert.match(await names('demo01'), /of-alice/);
    assert.doesNotMatch(await names('demo01'), /namesake/);
    assert.match(await names('demo02'), /namesake/);
  });

  it('kubectl works with it, with lists and watches of all namespaces', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, renderKubeconfig(as(issuer.token(ALICE)), 'alice'));
    const kubectl = (...args: string[]) => stack.mustKubectl(args, { tenant: 'demo01' }, { env: { KUBECONFIG: kubeconfig } });
    assert.match(await kubectl('auth', 'whoami'), /Username +oidc:alice/);
    assert.match(await kubectl('get', 'configmaps', '-A'), /kube-system +kube-root-ca.crt/);
    const watches = await Promise.all(
      ['/api/v1/configmaps', `${DEFAULT}/configmaps`].map((path) => openWatch(as(issuer.token(ALICE)), path)),
    );
    await kubectl('create', 'configmap', 'watched');
    for (const watch of watches) {
      await watch.waitFor('watched', 'ADDED');
      watch.close();
    }
  });

  it('so do sessions that are upgraded, over HTTP/1.1 and HTTP/2', async () => {
    const upstream = stack.client('upstream');
    try {
      node = await startFakeNode(stack, upstream, 'demo01-default');
    } finally {
      upstream.close();
    }
    const token = issuer.token(ALICE);
    const headers = { authorization: `Bearer ${token}`, connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const exchange = openExchange(gateway, `${DEFAULT}/pods/held/exec?command=cat&stdin=true&stdout=true`, { method: 'POST', headers });
    const upgraded = new Promise<Duplex>((resolve) => exchange.sent.once('upgrade', (_, socket) => resolve(socket)));
    assert.equal((await exchange.response).statusCode, 101);
    const socket = await upgraded;
    let echoed = '';
    socket.on('data', (chunk: Buffer) => {
      echoed += chunk;
    });
    socket.write('hello');
    await waitUntil('the session to answer', () => echoed === 'hello', { timeoutMs: 10_000 });
    exchange.cut();
    const missing = `${DEFAULT}/pods/missing/exec?command=cat&stdin=true&stdout=true`;
    const { status } = await readWebSocketOverHttp2(as(token), missing, 'v5.channel.k8s.io');
    assert.equal(status, 404);
    assert.equal((await readWebSocketOverHttp2(as('none'), missing, 'v5.channel.k8s.io')).status, 401);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const bad: Readonly<Record<string, () => Claims>> = {
    'that has expired': () => ({ iat: now() - 600, exp: now() - 120 }),
    'that is not good yet': () => ({ nbf: now() + 120 }),
    'without an end': () => ({ exp: undefined }),
    'made before the tenant was': () => ({ iat: now() - 86_400 }),
    'without a time of issue': () => ({ iat: undefined }),
    'for somebody else': () => ({ aud: 'other' }),
    'for nobody': () => ({ aud: undefined }),
    'of another issuer': () => ({ iss: 'https://other.example.com' }),
    'of no issuer': () => ({ iss: undefined }),
    'without a tenant': () => ({ kubezoo_tenant: undefined }),
    'of a tenant that there is not': () => ({ kubezoo_tenant: 'qxzff6' }),
    'of a tenant that is no text': () => ({ kubezoo_tenant: ['demo01'] }),
    'of no tenant’s id': () => ({ kubezoo_tenant: 'demo01-x' }),
    'of a tenant by a name with a NUL': () => ({ kubezoo_tenant: 'demo01\u0000' }),
    'without a user': () => ({ sub: undefined }),
    'of a user that is no text': () => ({ sub: 7 }),
    'of a user without a name': () => ({ sub: '' }),
    'of a user whose name cannot stand in a header': () => ({ sub: 'al\r\nimpersonate-group: system:masters' }),
    'of a user whose name is not ASCII': () => ({ sub: 'älice' }),
    'with groups that are none': () => ({ groups: { dev: true } }),
    'with a group that is no text': () => ({ groups: ['dev', 7] }),
  };
  for (const [title, claims] of Object.entries(bad)) {
    it(`a token ${title}: 401`, async () => assertUnauthorized(issuer.token({ ...ALICE, ...claims() })));
  }

  it('a token with a signature that is none: 401', async () => {
    for (const token of Object.values(forgedTokens(idToken(issuer.issuer, ALICE), issuer.key))) await assertUnauthorized(token);
    await assertUnauthorized(issuer.token(ALICE, newKey('unknown')));
    // Another's key under a name that is known.
    await assertUnauthorized(signToken(idToken(issuer.issuer, ALICE), { ...newKey('x'), kid: issuer.key.kid }));
  });

  it('clocks may differ by a minute', async () => {
    await assertIs({ ...ALICE, exp: now() - 30, nbf: now() + 30 }, 'oidc:alice', ['oidc:dev']);
  });

  it('a certificate goes before a token, and a ServiceAccount’s token is one as before', async () => {
    const admin = readKubeconfig(stack.kubeconfig({ tenant: 'demo01' }));
    const both = await whoAmI({ ...admin, token: issuer.token({ ...ALICE, kubezoo_tenant: 'demo02' }) });
    assert.equal(JSON.parse(both.body).status.userInfo.username, 'admin');
    const account = (await stack.mustKubectl(['create', 'token', 'default'], { tenant: 'demo01' })).trim();
    const answer = await whoAmI(as(account));
    assert.equal(JSON.parse(answer.body).status.userInfo.username, 'system:serviceaccount:default:default');
    assert.equal((await whoAmI(gateway)).status, 401);
    await assertUnauthorized('opaque');
  });

  it('keys of the issuer may change', async () => {
    const former = issuer.key;
    const next = newKey('next');
    issuer.show(former, next);
    await waitUntil('the next key', async () => (await whoAmI(as(issuer.token(ALICE, next)))).status === 201, { timeoutMs: 15_000 });
    issuer.show(next);
    issuer.key = next;
    await waitUntil('the former key to be gone', async () => (await whoAmI(as(issuer.token(ALICE, former)))).status === 401, {
      timeoutMs: 15_000,
    });
    await assertIs(ALICE, 'oidc:alice', ['oidc:dev']);
  });
});

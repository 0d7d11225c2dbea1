/** Input that is wrong, on purpose or not: the right code, a Status in the tenant's own words, and nothing of it upstream. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';
import { AMBIGUOUS, type BadRequest, BODIES, FOREIGN, NAMES, NAMESPACE, OTHERS_NAMES, PATHS, PLACES } from './bad-input/bad-requests.ts';
import { forgeToken } from './bad-input/forge-token.ts';
import { assertKeepsSecrets, assertStatus, type RawRequest, sendRequest } from './bad-input/send-request.ts';

const TENANT = 'demo01';
const OWN_SECRETS = [`${TENANT}-`, 'kubezoo:', 'kubezoo.io/'];
const SECRETS = [...OWN_SECRETS, 'demo02'];
const WHO_AM_I: RawRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
};
const HERE: RawRequest = { path: `/api/v1/namespaces/${NAMESPACE}/configmaps/here` };

describe('bad input', () => {
  let stack: Stack;
  let tenant: Cluster;
  let upstream: Cluster;
  /** The gateway, without any credential. */
  let nobody: Cluster;

  before(async function () {
    this.timeout(180_000);
    stack = await sharedStack();
    tenant = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
    upstream = readKubeconfig(stack.kubeconfig('upstream'));
    nobody = { server: tenant.server, ca: tenant.ca };
    for (const as of [{ tenant: TENANT }, 'upstream'] as const) {
      await stack.mustKubectl(['create', 'namespace', NAMESPACE], as);
      await stack.mustKubectl(['create', 'configmap', 'here', '-n', NAMESPACE, '--from-literal=a=b'], as);
      await stack.mustKubectl(['create', 'serviceaccount', 'bot', '-n', NAMESPACE], as);
    }
  });

  after(async () => {
    for (const as of [{ tenant: TENANT }, 'upstream'] as const) {
      await stack.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false'], as);
    }
  });

  function refuses(requests: readonly BadRequest[]): void {
    for (const bad of requests) {
      it(`${bad.title}: ${bad.code}`, async () => {
        const secrets = bad.echoes ? OWN_SECRETS : SECRETS;
        const status = assertStatus(await sendRequest(tenant, bad), { ...bad, secrets });
        if (!bad.likeUpstream) return;
        const answer = await sendRequest(upstream, bad);
        assert.equal(answer.code, bad.code, answer.body);
        const upstreamStatus = JSON.parse(answer.body) as Record<string, unknown>;
        assert.equal(status.reason, upstreamStatus.reason);
        if (bad.likeUpstream === 'answer') assert.equal(status.message, upstreamStatus.message);
      });
    }
  }

  it('the good request beside them is answered', async () => {
    const answer = await sendRequest(tenant, HERE);
    assert.equal(answer.code, 200);
    assert.equal((JSON.parse(answer.body) as { metadata: { namespace: string } }).metadata.namespace, NAMESPACE);
  });

  describe('bodies', () => refuses(BODIES));
  describe('names', () => refuses(NAMES));
  describe('paths that are not canonical, or of an old form', () => refuses(PATHS));
  describe('places a tenant does not get to', () => refuses(PLACES));
  describe('names of another tenant', () => refuses(OTHERS_NAMES));

  describe('bodies that two parsers could read differently', () => {
    for (const { title, body } of AMBIGUOUS) {
      it(title, async () => {
        const create = { method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/configmaps?dryRun=All`, body };
        const [mine, theirs] = [await sendRequest(tenant, create), await sendRequest(upstream, create)];
        assert.equal(mine.code, theirs.code, `${mine.body}${theirs.body}`);
        assertKeepsSecrets(mine, OWN_SECRETS);
        if (mine.code !== 201) return;
        const { metadata } = JSON.parse(mine.body) as { metadata: { namespace: string } };
        assert.equal(metadata.namespace, NAMESPACE);
      });
    }

    it('nothing has come into being at the other tenant', async () => {
      const names = await stack.mustKubectl(['get', 'configmaps', '-n', FOREIGN, '-o', 'name'], 'upstream');
      assert.equal(names, 'configmap/kube-root-ca.crt\n');
    });
  });

  describe('selectors', () => {
    for (const path of [
      `/api/v1/configmaps?fieldSelector=metadata.namespace%3D${FOREIGN}`,
      `/api/v1/namespaces?fieldSelector=metadata.name%3D${FOREIGN}`,
      `/api/v1/namespaces?labelSelector=kubernetes.io%2Fmetadata.name%3D${FOREIGN}`,
      `/api/v1/events?fieldSelector=involvedObject.namespace%3D${FOREIGN}`,
    ]) {
      it(`${path}: nothing`, async () => {
        const answer = await sendRequest(tenant, { path });
        assert.equal(answer.code, 200, answer.body);
        assert.deepEqual((JSON.parse(answer.body) as { items: unknown[] | null }).items ?? [], []);
        assertKeepsSecrets(answer, SECRETS);
      });
    }

    for (const path of ['/api/v1/namespaces', '/api/v1/configmaps', '/api/v1/namespaces?fieldSelector=metadata.name%21%3Ddefault']) {
      it(`${path}: the tenant's own only`, async () => {
        const answer = await sendRequest(tenant, { path });
        assert.equal(answer.code, 200, answer.body);
        assert.ok(answer.body.includes(`"${NAMESPACE}"`));
        assertKeepsSecrets(answer, SECRETS);
      });
    }
  });

  describe('paths that the gateway has not', () => {
    for (const path of ['/metrics', '/debug/pprof', '/debug/pprof/profile', '/logs', '/configz', '/flagz', '/no/such/path']) {
      it(`${path}: 404`, async () => {
        const answer = await sendRequest(tenant, { path });
        assert.equal(answer.code, 404, answer.body);
        assertKeepsSecrets(answer, SECRETS);
        // What upstream says there to whom it may.
        assert.ok(!/apiserver_|goroutine|--etcd/.test(answer.body));
      });
    }
  });

  describe('headers that would make somebody else of the client', () => {
    const operator = Buffer.from(JSON.stringify({ role: 'operator', user: 'x', groups: ['kubezoo:operators'] })).toString('base64url');
    const other = Buffer.from(JSON.stringify({ role: 'tenant', tenantId: 'demo02', user: 'admin', groups: ['tenant-admins'] })).toString(
      'base64url',
    );
    const forged: readonly (readonly [string, string])[] = [
      ['x-kubezoo-route', 'upstream'],
      ['X-Kubezoo-Route', 'watch'],
      ['x-kubezoo-route', 'local'],
      ['x-kubezoo-route', 'nowhere'],
      ['x-kubezoo-identity', operator],
      ['X-KubeZoo-Identity', other],
      ['X-Remote-User', 'system:admin'],
      ['X-Remote-Group', 'system:masters'],
      ['X-Remote-Extra-Scopes', 'all'],
      ['X-Forwarded-Client-Cert', 'Subject="O=system:masters,CN=admin"'],
      ['X-Forwarded-For', '10.0.0.1'],
      ['X-Original-URL', '/api/v1/secrets'],
      ['X-Envoy-Original-Path', '/api/v1/secrets'],
      ['Connection', 'close, Impersonate-User'],
      ['Connection', 'close, Impersonate-User, Impersonate-Group, X-Kubezoo-Route, Authorization'],
    ];
    for (const header of forged) {
      it(`${header.join(': ').slice(0, 70)} changes nothing`, async () => {
        const whoAmI = await sendRequest(tenant, { ...WHO_AM_I, headers: [header] });
        assert.equal(whoAmI.code, 201, whoAmI.body);
        const { status } = JSON.parse(whoAmI.body) as { status: { userInfo: { username: string; groups: string[] } } };
        assert.equal(status.userInfo.username, 'admin');
        assert.deepEqual(status.userInfo.groups.toSorted(), ['system:authenticated', 'tenant-admins']);
        const plain = await sendRequest(tenant, HERE);
        const here = await sendRequest(tenant, { ...HERE, headers: [header] });
        assert.deepEqual([here.code, here.body], [plain.code, plain.body]);
        const foreign = await sendRequest(tenant, { path: `/api/v1/namespaces/${FOREIGN}`, headers: [header] });
        assertStatus(foreign, { code: 404, reason: 'NotFound', secrets: OWN_SECRETS });
        const tenants = await sendRequest(tenant, { path: '/apis/tenant.kubezoo.io/v1alpha1/tenants', headers: [header] });
        assertStatus(tenants, { code: 404, reason: 'NotFound', secrets: SECRETS });
      });

      it(`${header.join(': ').slice(0, 70)} lets nobody in`, async () => {
        const answer = await sendRequest(nobody, { ...HERE, headers: [header] });
        assertStatus(answer, { code: 401, reason: 'Unauthorized', secrets: SECRETS });
      });
    }

    for (const header of [
      ['Impersonate-User', 'system:admin'],
      ['IMPERSONATE-USER', 'kubezoo:demo02:admin'],
      ['Impersonate-Group', 'system:masters'],
      ['Impersonate-Uid', '1'],
      ['Impersonate-Extra-Scopes', 'all'],
      ['Impersonate-Anything', 'x'],
    ] as const) {
      it(`${header.join(': ')} is refused`, async () => {
        const answer = await sendRequest(tenant, { ...HERE, headers: [header] });
        assertStatus(answer, { code: 403, reason: 'Forbidden', message: /impersonat/i, secrets: SECRETS });
      });
    }
  });

  describe('tokens', () => {
    let token: string;
    let expired: string;
    const getHere = (credential: Cluster, headers: RawRequest['headers'] = []) => sendRequest(credential, { ...WHO_AM_I, headers });

    before(async () => {
      token = (await stack.mustKubectl(['create', 'token', 'bot', '-n', NAMESPACE], { tenant: TENANT })).trim();
      const key = readFileSync(join(stack.home.upstreamDir, 'pki', 'sa.key'), 'utf8');
      const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
      expired = forgeToken(token, key, (claims) => ({ ...claims, iat: anHourAgo - 600, nbf: anHourAgo - 600, exp: anHourAgo }));
      const signedAnew = forgeToken(token, key, (claims) => claims);
      assert.equal((await getHere({ ...nobody, token: signedAnew })).code, 201, 'the same claims, signed anew, are good');
    });

    it('a good one is taken', async () => {
      const answer = await getHere({ ...nobody, token });
      assert.equal(answer.code, 201, answer.body);
      assert.match(answer.body, new RegExp(`"system:serviceaccount:${NAMESPACE}:bot"`));
      assertKeepsSecrets(answer, SECRETS);
    });

    const refused: readonly [string, () => readonly (readonly [string, string])[]][] = [
      ['an expired one', () => [['Authorization', `Bearer ${expired}`]]],
      ['garbage', () => [['Authorization', 'Bearer garbage']]],
      ['a broken signature', () => [['Authorization', `Bearer ${token.slice(0, -6)}AAAAAA`]]],
      ['nothing behind Bearer', () => [['Authorization', 'Bearer ']]],
      ['Basic', () => [['Authorization', `Basic ${Buffer.from('admin:admin').toString('base64')}`]]],
      ['two in one header', () => [['Authorization', `Bearer ${token}, Bearer ${token}`]]],
      [
        'a good one and garbage',
        () => [
          ['Authorization', `Bearer ${token}`],
          ['Authorization', 'Bearer garbage'],
        ],
      ],
      [
        'garbage and a good one',
        () => [
          ['authorization', 'Bearer garbage'],
          ['Authorization', `Bearer ${token}`],
        ],
      ],
    ];
    for (const [title, headers] of refused) {
      it(`${title}: 401`, async () => {
        assertStatus(await getHere(nobody, headers()), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
      });
    }

    it('of a ServiceAccount of upstream’s own: 401', async () => {
      const foreign = (await stack.mustKubectl(['create', 'token', 'bot', '-n', NAMESPACE], 'upstream')).trim();
      assertStatus(await getHere({ ...nobody, token: foreign }), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
    });

    it('none at all: 401', async () => {
      assertStatus(await getHere(nobody), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
    });

    it('upstream itself knows no such user by the tenant’s right', async () => {
      const answer = await sendRequest(
        { server: upstream.server, ca: upstream.ca, token },
        { path: `/api/v1/namespaces/${NAMESPACE}/configmaps` },
      );
      assert.equal(answer.code, 403, answer.body);
    });
  });
});

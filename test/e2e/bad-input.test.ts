/** Input that is wrong, on purpose or not: the right code, a Status in the tenant's own words, and nothing of it upstream. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';
import type { Stack } from '../helpers/stack.ts';
import { type BadRequest, FOREIGN, NAMESPACE } from './bad-input/bad-request.ts';
import { AMBIGUOUS } from './bad-input/requests/ambiguous.ts';
import { BODIES } from './bad-input/requests/bodies.ts';
import { NAMES } from './bad-input/requests/names.ts';
import { OTHERS_NAMES } from './bad-input/requests/names-of-others.ts';
import { PATHS } from './bad-input/requests/paths.ts';
import { PLACES } from './bad-input/requests/places.ts';
import { assertKeepsSecrets, assertStatus, sendRequest } from './bad-input/send-request.ts';
import { badInputWorld, HERE, OWN_SECRETS, SECRETS } from './bad-input/world.ts';

describe('bad input', () => {
  let stack: Stack;
  let tenant: Cluster;
  let upstream: Cluster;

  before(async function () {
    this.timeout(180_000);
    ({ stack, tenant, upstream } = await badInputWorld());
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

  it('an unknown group: in plain text, as upstream says it', async () => {
    const unknown = { path: '/apis/nowhere.example/v1/things' };
    const [mine, theirs] = [await sendRequest(tenant, unknown), await sendRequest(upstream, unknown)];
    assert.deepEqual([mine.code, mine.body], [404, '404 page not found\n']);
    assert.deepEqual([theirs.code, theirs.body], [mine.code, mine.body]);
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
    for (const path of [
      '/metrics',
      '/debug/pprof',
      '/debug/pprof/',
      '/debug/pprof/profile',
      '/logs',
      '/configz',
      '/flagz',
      '/no/such/path',
    ]) {
      it(`${path}: 404`, async () => {
        const answer = await sendRequest(tenant, { path });
        assert.equal(answer.code, 404, answer.body);
        assertKeepsSecrets(answer, SECRETS);
        // What upstream says there to whom it may.
        assert.ok(!/apiserver_|goroutine|--etcd/.test(answer.body));
      });
    }
  });
});

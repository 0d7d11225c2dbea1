import assert from 'node:assert/strict';
import { refusalOf } from '../../../src/gateway/refusal-of.ts';
import type { TenantIdentity } from '../../../src/local/local-request.ts';
import { createReviewsHandler } from '../../../src/local/reviews/reviews-handler.ts';
import { decodeMessage } from '../../../src/translate/protobuf/decode-message.ts';
import { encodeMessage } from '../../../src/translate/protobuf/encode-message.ts';
import { readHeader, writeEnvelope } from '../../../src/translate/protobuf/envelope.ts';
import { messageTypeOf } from '../../../src/translate/protobuf/wire-schema.ts';
import { allRows, findResource } from '../../../src/translate/table/index.ts';
import type { UpstreamRequest } from '../../../src/upstream/upstream-client.ts';
import { UpstreamError } from '../../../src/upstream/upstream-error.ts';
import { OPERATOR, serve, type TestServer } from './ask.ts';

const AUTHORIZATION = 'authorization.k8s.io/v1';
const SELF = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const OTHERS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const RULES = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
const TOKENS = '/apis/authentication.k8s.io/v1/tokenreviews';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ALICE: TenantIdentity = { role: 'tenant', tenantId: 'demo01', user: 'alice', groups: ['dev'], uid: '7', extra: { 'a.io/b': ['c'] } };

describe('reviews', () => {
  let server: TestServer;
  let asked: UpstreamRequest[] = [];
  /** What upstream makes of the question's object, and its status code. */
  let answer: (review: Record<string, unknown>) => object = (review) => review;
  let code = 201;

  before(async () => {
    const handler = createReviewsHandler({
      table: { findResource, allRows },
      refusalOf: (identity, access) => refusalOf(access, { identity, tenant: undefined }),
      request: async (request) => {
        asked.push(request);
        const body = answer(JSON.parse(String(request.body)));
        return { status: code, headers: {}, body: Buffer.from(JSON.stringify(body)) };
      },
    });
    server = await serve([handler]);
  });
  after(() => server.close());
  beforeEach(() => {
    asked = [];
    code = 201;
  });

  const post = (path: string, review: object | Buffer, headers: Record<string, string> = {}) =>
    server.ask({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      identity: ALICE,
      body: Buffer.isBuffer(review) ? review : Buffer.from(JSON.stringify(review)),
    });
  const review = (kind: string, spec: object) => ({ kind, apiVersion: AUTHORIZATION, metadata: {}, spec });
  const self = (spec: object) => review('SelfSubjectAccessReview', spec);
  const allow = (sent: Record<string, unknown>) => ({ ...sent, status: { allowed: true, reason: 'RBAC: yes' } });

  it('go upstream as the caller, with its uid and extra fields, and come back in the tenant’s names', async () => {
    answer = allow;
    const { status, json } = await post(SELF, self({ resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'web' } }));
    assert.equal(status, 201);
    const [{ headers, path, body }] = asked as [UpstreamRequest];
    assert.equal(path, SELF);
    assert.deepEqual(headers?.['impersonate-user'], ['kubezoo:demo01:alice']);
    assert.deepEqual(headers?.['impersonate-uid'], ['7']);
    assert.deepEqual(headers?.['impersonate-extra-a.io%2fb'], ['c']);
    assert.equal(JSON.parse(String(body)).spec.resourceAttributes.namespace, 'demo01-web');
    assert.equal(json.spec.resourceAttributes.namespace, 'web');
    assert.equal(json.status.allowed, true);
  });

  it('say no where the gateway would refuse, and only then', async () => {
    answer = allow;
    const statusOf = async (resourceAttributes: object) => (await post(SELF, self({ resourceAttributes }))).json.status;
    assert.deepEqual(await statusOf({ verb: 'create', resource: 'nodes' }), {
      allowed: false,
      denied: true,
      reason: 'nodes belong to the platform',
    });
    assert.equal((await statusOf({ verb: 'delete', resource: 'namespaces', name: 'default' })).allowed, false);
    assert.equal((await statusOf({ verb: 'delete', resource: 'namespaces', name: 'web' })).allowed, true);
    assert.equal((await statusOf({ verb: '*', group: '*', resource: '*' })).allowed, true);
    answer = (sent) => ({ ...sent, status: { allowed: false } });
    assert.deepEqual(await statusOf({ verb: 'create', resource: 'nodes' }), { allowed: false });
  });

  it('say yes to what the gateway answers to everybody', async () => {
    answer = (sent) => ({ ...sent, status: { allowed: false } });
    const isAllowed = async (path: string, verb = 'get') =>
      (await post(SELF, self({ nonResourceAttributes: { path, verb } }))).json.status.allowed;
    for (const path of ['/version', '/healthz', '/openapi/v3/apis/apps/v1', '/apis/apps']) assert.equal(await isAllowed(path), true, path);
    for (const path of ['/metrics', '/healthz/etcd', '/openapi', '/apis*']) assert.equal(await isAllowed(path), false, path);
    assert.equal(await isAllowed('/version', 'post'), false);
  });

  it('about others are about users of the tenant, who have what all authenticated have', async () => {
    answer = allow;
    const spec = {
      user: 'system:admin',
      groups: ['system:masters', 'system:authenticated'],
      resourceAttributes: { verb: 'get', resource: 'pods' },
    };
    const { json } = await post(OTHERS, review('SubjectAccessReview', spec));
    const sent = JSON.parse(String(asked[0]!.body)).spec;
    assert.equal(sent.user, 'kubezoo:demo01:system:admin');
    assert.deepEqual(sent.groups, ['kubezoo:demo01:system:masters', 'kubezoo:demo01:system:authenticated', 'system:authenticated']);
    assert.deepEqual(json.spec, spec);
  });

  it('of rules leave out what is refused, and writes of what can only be read', async () => {
    const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
    answer = (sent) => ({
      ...sent,
      status: {
        resourceRules: [
          everything,
          { verbs: ['get', 'create'], apiGroups: [''], resources: ['pods', 'nodes', 'bindings'] },
          { verbs: ['*'], apiGroups: ['flowcontrol.apiserver.k8s.io'], resources: ['*'] },
          { verbs: ['get'], apiGroups: [''], resources: ['namespaces'], resourceNames: ['demo01-web'] },
        ],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }],
        incomplete: false,
      },
    });
    const { json } = await post(RULES, review('SelfSubjectRulesReview', { namespace: 'web' }));
    assert.equal(JSON.parse(String(asked[0]!.body)).spec.namespace, 'demo01-web');
    assert.deepEqual(json.status.resourceRules, [
      everything,
      { verbs: ['get', 'create'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['get'], apiGroups: [''], resources: ['nodes'] },
      { verbs: ['get'], apiGroups: [''], resources: ['namespaces'], resourceNames: ['web'] },
    ]);
  });

  const tokenOf =
    (username: string, extra: object = {}) =>
    (sent: object) => ({
      ...sent,
      status: {
        authenticated: true,
        audiences: ['a'],
        user: {
          username,
          uid: 'u',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:demo01-web', 'system:authenticated', 'platform'],
          extra: { 'authentication.kubernetes.io/node-name': ['node-1'], 'authentication.kubernetes.io/pod-name': ['p'], ...extra },
        },
      },
    });
  const tokenReview = { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: 't' } };

  it('of the tenant’s own tokens say whose they are, and nothing of nodes', async () => {
    answer = tokenOf('system:serviceaccount:demo01-web:bot');
    const { json } = await post(TOKENS, tokenReview);
    assert.deepEqual(json.status, {
      authenticated: true,
      user: {
        username: 'system:serviceaccount:web:bot',
        uid: 'u',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/pod-name': ['p'] },
      },
      audiences: ['a'],
    });
  });

  for (const username of ['system:serviceaccount:demo02-web:bot', 'system:serviceaccount:kube-system:x', 'admin', 'system:node:a', '']) {
    it(`take a token of ${username || 'nobody'} for one that nobody has seen`, async () => {
      answer = tokenOf(username);
      const { text, json } = await post(TOKENS, tokenReview);
      assert.deepEqual(json.status, { user: {}, error: 'invalid bearer token' });
      assert.ok(!text.includes('demo02'));
    });
  }

  it('do not take the mere answer for a yes', async () => {
    answer = (sent) => ({ ...sent, status: { user: { username: 'system:serviceaccount:demo01-web:bot' } } });
    assert.equal((await post(TOKENS, tokenReview)).json.status.authenticated, undefined);
  });

  it('pass refusals on, in the tenant’s names', async () => {
    code = 403;
    answer = () => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'User "kubezoo:demo01:alice" cannot', code: 403 });
    const { status, json } = await post(TOKENS, tokenReview);
    assert.equal(status, 403);
    assert.equal(json.message, 'User "alice" cannot');
  });

  it('are read and answered in YAML and protobuf alike', async () => {
    answer = allow;
    const yaml = `kind: SelfSubjectAccessReview\napiVersion: ${AUTHORIZATION}\nspec: {resourceAttributes: {verb: get, resource: pods, namespace: web}}\n`;
    const fromYaml = await post(SELF, Buffer.from(yaml), { 'content-type': 'application/yaml' });
    assert.equal(fromYaml.json.spec.resourceAttributes.namespace, 'web');
    const type = messageTypeOf(AUTHORIZATION, 'SelfSubjectAccessReview')!;
    const spec = { resourceAttributes: { verb: 'create', resource: 'nodes', namespace: 'web' } };
    const sent = writeEnvelope(AUTHORIZATION, 'SelfSubjectAccessReview', encodeMessage(type, { metadata: {}, spec }));
    const message = await server.open({
      method: 'POST',
      path: SELF,
      headers: { 'content-type': PROTOBUF, accept: PROTOBUF },
      identity: ALICE,
      body: sent,
    });
    const bytes = Buffer.concat(await message.toArray());
    assert.equal(message.headers['content-type'], PROTOBUF);
    const { kind, rawStart, rawLength } = readHeader(bytes, 0, bytes.length)!;
    assert.equal(kind, 'SelfSubjectAccessReview');
    const decoded = JSON.parse(JSON.stringify(decodeMessage(type, bytes.subarray(rawStart, rawStart + rawLength))));
    assert.equal(JSON.parse(String(asked.at(-1)!.body)).spec.resourceAttributes.namespace, 'demo01-web');
    assert.equal(decoded.spec.resourceAttributes.namespace, 'web');
    assert.deepEqual(decoded.status, { allowed: false, denied: true, reason: 'nodes belong to the platform' });
    assert.equal((await post(SELF, self(spec), { accept: 'text/html' })).status, 406);
  });

  it('are only made, and only by tenants', async () => {
    assert.equal((await server.ask({ path: SELF, identity: ALICE })).status, 405);
    assert.equal((await server.ask({ method: 'POST', path: SELF, identity: OPERATOR })).status, 404);
    assert.equal((await server.ask({ path: '/apis/apps/v1/deployments', identity: ALICE })).status, 404);
    assert.equal(asked.length, 0);
  });

  it('end with 503 when upstream cannot be asked', async () => {
    answer = () => {
      throw new UpstreamError(503, 'Unreachable', 'no route to 10.0.0.1');
    };
    const { status, text } = await post(SELF, self({ resourceAttributes: { verb: 'get', resource: 'pods' } }));
    assert.equal(status, 503);
    assert.ok(!text.includes('10.0.0.1'));
  });

  it('end with 503 when upstream refuses the gateway, and not the user', async () => {
    code = 403;
    const message = 'x is forbidden: User "kubezoo-gateway" cannot impersonate-on:user-info:create resource "x" in API group ""';
    answer = () => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'Forbidden', code });
    const { status, text } = await post(SELF, self({ resourceAttributes: { verb: 'get', resource: 'pods' } }));
    assert.equal(status, 503);
    assert.ok(!text.includes('kubezoo-gateway'));
  });
});

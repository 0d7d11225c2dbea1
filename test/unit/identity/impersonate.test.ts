import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { type AccessAttributes, type AccessReviewSpec, createAccessChecker } from '../../../src/identity/check-access.ts';
import { impersonateWithin } from '../../../src/identity/impersonate.ts';
import { impersonationHeaders, impersonationOf } from '../../../src/identity/impersonation.ts';
import type { RequestedAccess } from '../../../src/identity/impersonation-modes.ts';
import type { WantedUser } from '../../../src/identity/read-impersonation.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';
import type { TenantIdentity } from '../../../src/local/local-request.ts';

const CALLER: TenantIdentity = { role: 'tenant', tenantId: 'demo01', user: 'bot', groups: ['robots'] };
const requested = (path: string, method = 'GET'): RequestedAccess => ({
  request: parseRequest(method, path, new URLSearchParams()),
  method,
});
const PODS = requested('/api/v1/namespaces/web/pods');
const wanted = (user: string, more: Partial<WantedUser> = {}): WantedUser => ({ user, groups: [], extra: {}, ...more });

/** In one line: verb, group/resource/subresource, namespace, name. */
function lineOf(attributes: AccessAttributes): string {
  if ('nonResourceAttributes' in attributes) return `${attributes.nonResourceAttributes.verb} ${attributes.nonResourceAttributes.path}`;
  const { verb, group, resource, subresource, namespace = '-', name = '-' } = attributes.resourceAttributes;
  return `${verb} ${group}/${resource}${subresource ? `/${subresource}` : ''} ${namespace} ${name}`;
}

/** Answers yes to questions whose line matches; keeps what was asked. */
function setUp(allowed: RegExp) {
  const asked: AccessReviewSpec[] = [];
  const lines: string[] = [];
  const check = createAccessChecker(async (spec) => {
    asked.push(spec);
    lines.push(lineOf(spec));
    return { allowed: allowed.test(lineOf(spec)) };
  });
  return { asked, lines, as: (user: WantedUser, request = PODS) => impersonateWithin(CALLER, user, request, check) };
}

describe('impersonateWithin', () => {
  it('asks upstream about names of the tenant alone, as the caller', async () => {
    const { asked, lines, as } = setUp(/^impersonate /);
    const identity = await as(wanted('jane', { groups: ['system:masters', 'kubezoo:demo02:x'], uid: '7', extra: { 'a/b': ['c'] } }));
    assert.deepEqual(lines, [
      'impersonate /users - kubezoo:demo01:jane',
      'impersonate authentication.k8s.io/uids - 7',
      'impersonate /groups - kubezoo:demo01:system:masters',
      'impersonate /groups - kubezoo:demo01:kubezoo:demo02:x',
      'impersonate authentication.k8s.io/userextras/a/b - c',
    ]);
    for (const { user, groups } of asked) {
      assert.equal(user, 'kubezoo:demo01:bot');
      assert.deepEqual(groups, ['kubezoo:demo01:robots', 'kubezoo:demo01:system:authenticated', 'system:authenticated']);
    }
    assert.equal(identity.tenantId, 'demo01');
    const { user, groups } = impersonationOf(identity);
    assert.equal(user, 'kubezoo:demo01:jane');
    const upstreamOwn = groups.filter((group) => !group.startsWith('kubezoo:demo01:'));
    assert.deepEqual(upstreamOwn, ['system:authenticated']);
  });

  for (const name of ['system:admin', 'system:kube-controller-manager', 'kubezoo:demo02:admin', 'system:node:a', 'system:anonymous']) {
    it(`never leaves the tenant as ${name}`, async () => {
      const identity = await setUp(/./).as(wanted(name, { groups: ['system:masters', 'system:unauthenticated', 'system:nodes'] }));
      const headers = impersonationHeaders(identity);
      assert.deepEqual(headers['impersonate-user'], [`kubezoo:demo01:${name}`]);
      const upstreamOwn = headers['impersonate-group']!.filter((group) => !group.startsWith('kubezoo:demo01:'));
      assert.deepEqual(upstreamOwn, ['system:unauthenticated']);
    });
  }

  it('gives a ServiceAccount its groups, and asks in its namespace', async () => {
    const { lines, as } = setUp(/^impersonate /);
    const identity = await as(wanted('system:serviceaccount:web:bot'));
    assert.deepEqual(lines, ['impersonate /serviceaccounts demo01-web bot']);
    assert.deepEqual(identity.groups, ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated']);
    // What only looks like one is a user.
    for (const user of ['system:serviceaccount:web:', 'system:serviceaccount:web:a:b', 'system:serviceaccount:we_b:bot']) {
      const other = setUp(/^impersonate /);
      assert.deepEqual((await other.as(wanted(user))).groups, ['system:authenticated']);
      assert.deepEqual(other.lines, [`impersonate /users - kubezoo:demo01:${user}`]);
    }
  });

  it('takes the groups that are asked for as all that there are', async () => {
    const identity = await setUp(/./).as(wanted('system:serviceaccount:web:bot', { groups: ['dev'] }));
    assert.deepEqual(identity.groups, ['dev', 'system:authenticated']);
  });

  it('knows constrained impersonation: the right to the user, and to this request', async () => {
    const { lines, as } = setUp(/^impersonate(-on)?:user-info/);
    await as(wanted('jane'), requested('/api/v1/namespaces/web/pods/x'));
    assert.deepEqual(lines, [
      'impersonate /users - kubezoo:demo01:jane',
      'impersonate-on:user-info:get /pods demo01-web x',
      'impersonate:user-info authentication.k8s.io/users - kubezoo:demo01:jane',
    ]);
    const account = setUp(/^impersonate(-on)?:serviceaccount/);
    await account.as(wanted('system:serviceaccount:web:bot'), requested('/api/v1/namespaces/web'));
    assert.deepEqual(account.lines.slice(1), [
      'impersonate-on:serviceaccount:get /namespaces demo01-web demo01-web',
      'impersonate:serviceaccount authentication.k8s.io/serviceaccounts demo01-web bot',
    ]);
  });

  const refusals: readonly (readonly [WantedUser, RequestedAccess, allowed: RegExp, message: string])[] = [
    [
      wanted('jane'),
      PODS,
      /^never$/,
      'pods is forbidden: User "bot" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "web"',
    ],
    [wanted('jane'), requested('/version'), /^never$/, 'forbidden: User "bot" cannot impersonate-on:user-info:get path "/version"'],
    [
      wanted('jane', { groups: ['system:masters'] }),
      PODS,
      /^never$/,
      'users "jane" is forbidden: User "bot" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      wanted('jane', { groups: ['system:masters'] }),
      PODS,
      / \/users /,
      'groups "system:masters" is forbidden: User "bot" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ],
    [
      wanted('system:serviceaccount:web:x', { extra: { scopes: ['a<b'] } }),
      PODS,
      /serviceaccounts/,
      'userextras.authentication.k8s.io "a<b" is forbidden: User "bot" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    ],
  ];
  for (const [user, request, allowed, message] of refusals) {
    it(`refuses as upstream does: ${message}`, () =>
      assert.rejects(setUp(allowed).as(user, request), (error) => {
        assert.ok(error instanceof KubeError);
        assert.equal(error.reason, 'Forbidden');
        assert.equal(error.message, message);
        return true;
      }));
  }
});

describe('createAccessChecker', () => {
  const attributes = { resourceAttributes: { verb: 'impersonate', resource: 'users', name: 'jane' } };

  it('keeps a yes for a while, and never a no', async () => {
    let asked = 0;
    let now = 0;
    let allowed = false;
    const check = createAccessChecker(
      async () => {
        asked++;
        return { allowed };
      },
      { now: () => now },
    );
    await check(CALLER, attributes);
    assert.equal((await check(CALLER, attributes)).allowed, false);
    assert.equal(asked, 2);
    allowed = true;
    assert.equal((await check(CALLER, attributes)).allowed, true);
    allowed = false;
    assert.equal((await check(CALLER, attributes)).allowed, true);
    assert.equal(asked, 3);
    await check({ ...CALLER, user: 'other' }, attributes);
    await check({ ...CALLER, tenantId: 'demo02' }, attributes);
    assert.equal(asked, 5);
    now = 10_001;
    assert.equal((await check(CALLER, attributes)).allowed, false);
  });
});

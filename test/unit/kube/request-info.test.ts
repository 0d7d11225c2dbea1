import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';

function parse(method: string, target: string) {
  const [path, query] = target.split('?');
  return parseRequest(method, path!, new URLSearchParams(query));
}

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KubeError) return error.reason;
    throw error;
  }
  return 'none';
}

describe('parseRequest', () => {
  const cases: [string, string, Record<string, unknown>][] = [
    ['GET', '/api/v1/namespaces/a/pods/x', { verb: 'get', group: '', version: 'v1', namespace: 'a', resource: 'pods', name: 'x' }],
    ['GET', '/api/v1/namespaces/a/pods', { verb: 'list', namespace: 'a', resource: 'pods', name: undefined }],
    ['GET', '/api/v1/pods/', { verb: 'list', resource: 'pods', name: undefined }],
    ['GET', '/api/v1/pods', { verb: 'list', namespace: undefined, resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=true', { verb: 'watch' }],
    ['GET', '/api/v1/pods?watch', { verb: 'watch' }],
    ['GET', '/api/v1/pods?watch=0', { verb: 'list' }],
    ['GET', '/api/v1/pods?watch=False', { verb: 'list' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', namespace: undefined, resource: 'namespaces', name: undefined }],
    ['GET', '/api/v1/namespaces/a', { verb: 'get', namespace: undefined, resource: 'namespaces', name: 'a' }],
    [
      'PUT',
      '/api/v1/namespaces/a/finalize',
      { verb: 'update', namespace: undefined, resource: 'namespaces', name: 'a', subresource: 'finalize' },
    ],
    ['GET', '/api/v1/namespaces/a/pods/x/log', { verb: 'get', resource: 'pods', name: 'x', subresource: 'log' }],
    ['POST', '/apis/apps/v1/namespaces/a/deployments', { verb: 'create', group: 'apps', namespace: 'a', resource: 'deployments' }],
    ['PATCH', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:x', { verb: 'patch', namespace: undefined, name: 'system:x' }],
    ['DELETE', '/api/v1/namespaces/a/pods', { verb: 'deletecollection' }],
    ['DELETE', '/api/v1/namespaces/a/pods/x', { verb: 'delete' }],
    [
      'GET',
      '/api/v1/namespaces/a/services/https:web:443/proxy/a%2Fb//c?x=1',
      { subresource: 'proxy', name: 'https:web:443', rest: '/a%2Fb//c' },
    ],
    ['GET', '/api/v1/namespaces/a/pods/x/proxy/namespaces/b/pods', { namespace: 'a', subresource: 'proxy', rest: '/namespaces/b/pods' }],
    ['GET', '/api/v1/namespaces/a/configmaps/%C3%A4', { name: 'ä' }],
  ];
  for (const [method, target, expected] of cases) {
    it(`${method} ${target}`, () => {
      const parsed = parse(method, target) as unknown as Record<string, unknown>;
      assert.equal(parsed.type, 'resource');
      for (const [key, value] of Object.entries(expected)) assert.equal(parsed[key], value, key);
    });
  }

  for (const target of [
    '/',
    '/api',
    '/apis',
    '/api/v1',
    '/apis/apps',
    '/apis/apps/v1',
    '/version',
    '/openapi/v3/apis/apps/v1',
    '/healthz',
  ]) {
    it(`${target} is no resource`, () => assert.equal(parse('GET', target).type, 'nonResource'));
  }

  const refused: [string, string][] = [
    ['/api/v1/namespaces/default/../kube-system/pods/x/log', 'BadRequest'],
    ['/api/v1/namespaces/default/%2e%2e/kube-system/pods', 'BadRequest'],
    ['/api/v1/namespaces/default/.%2E/pods', 'BadRequest'],
    ['/api/v1//pods', 'BadRequest'],
    ['//api/v1/pods', 'BadRequest'],
    ['/api/v1/pods//', 'BadRequest'],
    ['//', 'BadRequest'],
    ['/api/v1/namespaces/a%2Fb/pods', 'BadRequest'],
    ['/api/v1/namespaces/a%00/pods', 'BadRequest'],
    ['/api/v1/namespaces/%61/pods', 'BadRequest'],
    ['/api/v1/namespaces/a%zz/pods', 'BadRequest'],
    ['/api/v1/namespaces/a%C3/pods', 'BadRequest'],
    ['/api/v1/namespaces/a b/pods', 'BadRequest'],
    ['/api/v1/namespaces/a/pods/x/proxy/../../secrets', 'BadRequest'],
    ['/api/v1/namespaces/a/pods/x/proxy/%2e%2e/y', 'BadRequest'],
    ['api/v1/pods', 'BadRequest'],
    ['http://other/api/v1/pods', 'BadRequest'],
    ['/api/v1/watch/namespaces/b/pods', 'NotFound'],
    ['/api/v1/proxy/namespaces/b/pods/x', 'NotFound'],
    ['/api/v1/namespaces/a/namespaces/b/pods/x', 'NotFound'],
    ['/api/v1/namespaces/a/pods/x/log/y', 'NotFound'],
  ];
  for (const [target, reason] of refused) {
    it(`refuses ${target}`, () =>
      assert.equal(
        reasonOf(() => parse('GET', target)),
        reason,
      ));
  }

  it('refuses methods that Kubernetes has no verb for', () => {
    for (const method of ['TRACE', 'OPTIONS', 'CONNECT', 'PROPFIND'])
      assert.equal(
        reasonOf(() => parse(method, '/api/v1/pods')),
        'MethodNotAllowed',
      );
  });
});

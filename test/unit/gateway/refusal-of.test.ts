import assert from 'node:assert/strict';
import { refusalOf } from '../../../src/gateway/refusal-of.ts';
import type { Caller } from '../../../src/identity/identify.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { createSharedResources } from '../../../src/translate/shared-resources.ts';

const tenant = (metadata: object = {}) => ({ metadata: { name: 'demo01', ...metadata } }) as unknown as Tenant;
const CALLER: Caller = { identity: { role: 'tenant', tenantId: 'demo01', user: 'admin', groups: [] }, tenant: tenant() };
const SHARED = createSharedResources([{ group: 'acme.io', resource: 'widgets', scope: 'Cluster' }]);

/** `verb group/resource[/subresource] [namespace] [name]`, `-` for what is not given. */
function refusal(line: string, caller = CALLER): string | undefined {
  const [verb = '', target = '', namespace = '-', name = '-'] = line.split(' ');
  const [group = '', resource = '', subresource = ''] = target.split('/');
  const given = (text: string) => (text === '-' ? '' : text);
  return refusalOf({ verb, group, version: '', resource, subresource, namespace: given(namespace), name: given(name) }, caller, SHARED);
}

describe('refusalOf', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    'create /nodes': /nodes belong to the platform/,
    '* /nodes': /belong to the platform/,
    'get /nodes/proxy - a': /belong to the platform/,
    'create /bindings default': /bound to nodes by the platform/,
    'create /pods/binding default x': /bound to nodes by the platform/,
    'list flowcontrol.apiserver.k8s.io/flowschemas': /queues belong to the platform/,
    'update storage.k8s.io/volumeattachments - x': /attached to nodes by the platform/,
    'delete /namespaces - default': /^this namespace may not be deleted$/,
    'delete /namespaces kube-system kube-system': /may not be deleted/,
    'update /namespaces/status - shop': /written by the platform/,
    'delete acme.io/widgets - x': /read-only/,
    '* acme.io/widgets': /read-only/,
  };
  for (const [line, reason] of Object.entries(refused)) it(`says no: ${line}`, () => assert.match(refusal(line) ?? 'yes', reason));

  const left = [
    'list /nodes',
    'watch /nodes - a',
    'get acme.io/widgets - x',
    'create /pods default',
    'create /pods',
    'create /pods default x',
    'update /pods',
    'delete /pods',
    'get /namespaces shop shop',
    'delete /namespaces',
    'delete /namespaces - shop',
    'create /pods/exec default x',
    'create /serviceaccounts/token default x',
    '* */*',
    '* /*',
    'get */pods',
    '* /pods default',
    'impersonate /users - jane',
    'bind rbac.authorization.k8s.io/clusterroles - admin',
    'get example.com/widgets default x',
    'get /no-such-thing',
  ];
  for (const line of left) it(`leaves to RBAC: ${line}`, () => assert.equal(refusal(line), undefined));

  it('refuses writes while the tenant is being deleted', () => {
    const ending = { ...CALLER, tenant: tenant({ deletionTimestamp: 'now' }) };
    assert.match(refusal('create /pods default', ending) ?? '', /being deleted/);
    assert.equal(refusal('get /pods default', ending), undefined);
  });
});

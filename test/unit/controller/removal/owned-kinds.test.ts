import assert from 'node:assert/strict';
import { describeRemains } from '../../../../src/controller/removal/describe-remains.ts';
import { kindsToSweep, nameOfKind } from '../../../../src/controller/removal/owned-kinds.ts';
import { patienceWith } from '../../../../src/controller/removal/patience.ts';
import { finalizersKept, pathOfObject } from '../../../../src/controller/removal/press-on.ts';
import { TENANT_API_VERSION } from '../../../../src/tenants/tenant.ts';
import type { DiscoveredResource } from '../../../../src/upstream/discover.ts';

function kind(name: string, namespaced = true, verbs = ['list', 'delete']): DiscoveredResource {
  const dot = name.indexOf('.');
  const [resource, group] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
  return { group, version: 'v1', resource, kind: resource, namespaced, verbs, path: `${group ? `/apis/${group}` : '/api'}/v1/${resource}` };
}

describe('what a tenant owns', () => {
  it('may be of any kind that can be listed and deleted, but not of another tenant’s', () => {
    const swept = ['configmaps', 'deployments.apps', 'widgets.demo01-acme.io', 'things.platform.example', 'things.x.demo01-acme.io'];
    const not = ['nodes', 'namespaces', 'events.events.k8s.io', 'widgets.demo02-acme.io'];
    const all = [...swept, ...not]
      .map((name) => kind(name))
      .concat(kind('pods.metrics.k8s.io', true, ['list']), kind('bindings', true, ['create']));
    assert.deepEqual(kindsToSweep(all, 'demo01').map(nameOfKind), swept);
  });

  it('is told by its kinds, the most first, in the tenant’s names', () => {
    const named = (name: string, namespace?: string) => ({ metadata: { name, ...(namespace && { namespace }) } });
    const maps = ['a', 'b', 'c', 'd'].map((name) => named(name, 'demo01-default'));
    const found = [
      { kind: kind('clusterroles.rbac.authorization.k8s.io', false), objects: [named('demo01-r')] },
      { kind: kind('configmaps'), objects: maps },
      { kind: kind('customresourcedefinitions.apiextensions.k8s.io', false), objects: [named('widgets.demo01-acme.io')] },
      { kind: kind('secrets'), objects: [named('s', 'demo01-default')] },
    ];
    assert.equal(
      describeRemains({ namespaces: [named('demo01-default'), named('demo01-x')], found }, 'demo01'),
      '9 objects are left: 4 configmaps (default/a, default/b, default/c and 1 more), 2 namespaces (default, x), 1 clusterroles.rbac.authorization.k8s.io (r), 2 more kinds',
    );
  });

  it('lies at a path of its own', () => {
    assert.equal(
      pathOfObject(kind('deployments.apps'), { metadata: { name: 'd', namespace: 'n' } }),
      '/apis/apps/v1/namespaces/n/deployments/d',
    );
    assert.equal(pathOfObject(kind('persistentvolumes', false), { metadata: { name: 'p:q' } }), '/api/v1/persistentvolumes/p:q');
  });
});

describe('patience', () => {
  const startedAt = '2026-01-01T00:00:00.000Z';
  const at = (seconds: number, annotations = {}, removal: object = { startedAt }) =>
    patienceWith(
      { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: 'demo01', annotations }, spec: {}, status: { removal } },
      20,
      Date.parse(startedAt) + seconds * 1000,
    );
  const FINALIZERS = [
    'example.com/x',
    'foregroundDeletion',
    'kubernetes.io/pv-protection',
    'batch.kubernetes.io/job-tracking',
    'kubernetes.io.example.com/x',
  ];

  it('is over after the grace period, for Kubernetes’ own finalizers after twice that', () => {
    assert.deepEqual(finalizersKept(FINALIZERS, at(19)), FINALIZERS);
    assert.deepEqual(finalizersKept(FINALIZERS, at(20)), FINALIZERS.slice(1, 4));
    assert.deepEqual(finalizersKept(FINALIZERS, at(40)), []);
    assert.deepEqual(finalizersKept(FINALIZERS, at(3, { 'kubezoo.io/finalizer-grace-period-seconds': '1' })), []);
    assert.deepEqual(finalizersKept(FINALIZERS, at(3, { 'kubezoo.io/finalizer-grace-period-seconds': 'soon' })), FINALIZERS);
  });

  it('never takes off what keeps a CRD until its objects are gone', () => {
    assert.deepEqual(finalizersKept(['customresourcecleanup.apiextensions.k8s.io'], at(4000)), [
      'customresourcecleanup.apiextensions.k8s.io',
    ]);
  });

  it('begins when everything was asked to go', () => assert.ok(!at(4000, {}, {}).isOver));

  it('gives a pod the time that it asked for, up to twice the grace period', () => {
    assert.ok(at(25).endsPod('2026-01-01T00:00:22Z'));
    assert.ok(!at(25).endsPod('2026-01-01T00:00:30Z'));
    assert.ok(at(40).endsPod('2026-01-02T00:00:00Z'));
    assert.ok(!at(10).endsPod('2026-01-01T00:00:05Z'));
  });
});

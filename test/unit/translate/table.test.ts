import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { requestPlan, requestTree, responsePlan, watchPlan } from '../../../src/translate/compile.ts';
import { followPointer } from '../../../src/translate/patch-place.ts';
import { parsePath } from '../../../src/translate/plans/fields-to-plan.ts';
import { allRows, findKind, findResource, groupOfApiVersion, hasPrefixedNames } from '../../../src/translate/table/index.ts';
import type { CellRule, Fields } from '../../../src/translate/table/row.ts';
import { contextOf, rowOf } from './both-ways.ts';

interface UpstreamResource {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  subresources?: string[];
  columns?: string[];
}

/** Kubernetes 1.37.2: discovery with the columns of each kind's Table, and from OpenAPI every field whose name speaks of namespaces. */
const upstreamResources = fixture('upstream-resources.json') as UpstreamResource[];
const namespaceFields = fixture('namespace-fields.json') as Record<string, string[]>;

function fixture(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));
}

describe('the policy table', () => {
  it('has each resource and each kind once', () => {
    const resources = allRows().map((row) => `${row.group}/${row.resource}`);
    const kinds = allRows().map((row) => `${row.group}/${row.kind}`);
    assert.equal(new Set(resources).size, resources.length);
    assert.equal(new Set(kinds).size, kinds.length);
  });

  it('gives a reason for what it refuses', () => {
    for (const row of allRows()) {
      for (const { policy, reason } of [row, ...Object.values(row.subresources)]) {
        if (policy === 'refused') assert.ok(reason, `${row.group}/${row.resource}`);
        // Reads of a hidden kind are answered; its reason is for writes.
        else if (policy !== 'hidden') assert.equal(reason, undefined, `${row.group}/${row.resource}`);
      }
    }
  });

  it('compiles in every direction', () => {
    for (const row of allRows().filter(({ policy }) => policy === 'served')) {
      watchPlan(row);
      for (const subresource of [undefined, ...Object.keys(row.subresources)]) {
        for (const form of ['object', 'strategic'] as const)
          assert.equal(requestPlan(row, subresource, form), requestPlan(row, subresource, form));
        for (const filtered of [true, false]) responsePlan(row, subresource, { filtered });
      }
    }
  });

  it('knows every resource of upstream', () => {
    for (const { group, version, resource, kind, namespaced } of upstreamResources) {
      const row = findResource(group, version, resource);
      assert.ok(row, `${group}/${version}/${resource}`);
      assert.equal(row.kind, kind);
      assert.equal(row.scope, namespaced ? 'Namespaced' : 'Cluster', `${group}/${resource}`);
    }
  });

  it('knows every sub-resource of what it serves, and no other', () => {
    for (const { group, version, resource, subresources = [] } of upstreamResources) {
      const row = findResource(group, version, resource)!;
      if (row.policy === 'served')
        assert.deepEqual(Object.keys(row.subresources).toSorted(), subresources.toSorted(), `${group}/${resource}`);
    }
  });

  it('serves no version that is not listed', () => {
    assert.ok(findResource('autoscaling', 'v2', 'horizontalpodautoscalers'));
    assert.equal(findResource('autoscaling', 'v2beta2', 'horizontalpodautoscalers'), undefined);
    assert.equal(findResource('', 'v2', 'pods'), undefined);
    assert.equal(findResource('example.com', 'v1', 'pods'), undefined);
    assert.equal(findResource('', 'v1', '__proto__'), undefined);
  });

  it('finds a kind by what an object says of itself', () => {
    assert.equal(findKind(groupOfApiVersion('apps/v1'), 'Deployment')?.resource, 'deployments');
    assert.equal(findKind(groupOfApiVersion('v1'), 'Pod')?.resource, 'pods');
    assert.equal(findKind('', 'Deployment'), undefined);
  });

  it('prefixes the names of exactly these', () => {
    const prefixed = allRows()
      .filter(hasPrefixedNames)
      .map((row) => row.resource);
    assert.deepEqual(prefixed.toSorted(), [
      'certificatesigningrequests',
      'clusterrolebindings',
      'clusterroles',
      'clustertrustbundles',
      'csidrivers',
      'csinodes',
      'customresourcedefinitions',
      'deviceclasses',
      'ingressclasses',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
      'mutatingwebhookconfigurations',
      'namespaces',
      'persistentvolumes',
      'priorityclasses',
      'runtimeclasses',
      'storageclasses',
      'storageversionmigrations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'validatingwebhookconfigurations',
      'volumeattributesclasses',
    ]);
  });

  it('labels every object that a collection could be deleted of', () => {
    for (const row of allRows().filter(hasPrefixedNames)) assert.equal(row.labelled, true, row.resource);
  });

  it('reads its paths to the end', () => {
    for (const row of allRows()) assert.doesNotThrow(() => eachPath(row.fields, parsePath));
    for (const wrong of ['a..b', 'a[', '[x]', 'a-b', 'a.', '["']) assert.throws(() => parsePath(wrong), wrong);
    assert.deepEqual(parsePath('a.b[].c{}["d.e/f"]'), [
      { field: 'a' },
      { field: 'b' },
      'items',
      { field: 'c' },
      'others',
      { field: 'd.e/f' },
    ]);
  });

  it('has a rule for every field that speaks of namespaces', () => {
    /** A process namespace; a name inside a storage product that was removed. */
    const others = /\.(shareProcessNamespace|volumeNamespace)$|^spec\.(shareProcessNamespace|storageos\.volumeNamespace)$/;
    let checked = 0;
    for (const [resource, paths] of Object.entries(namespaceFields)) {
      const [group, version, plural] = resource.split('/') as [string, string, string];
      const row = findResource(group, version, plural)!;
      if (row.policy !== 'served') continue;
      for (const path of paths.filter((candidate) => !others.test(candidate))) {
        assert.ok(isTranslated(row.resource, group, version, path), `${resource} ${path}`);
        checked++;
      }
    }
    assert.ok(checked > 100);
    assert.equal(isTranslated('pods', '', 'v1', 'spec.serviceAccountName'), false);
  });

  it('has its cells where the columns are', () => {
    const columnsOf: Partial<Record<CellRule, readonly string[]>> = {
      name: ['Volume', 'Claim', 'Group', 'ParamKind', 'PolicyName', 'ParamRef', 'SignerName', 'Controller', 'Handler'],
      ingressClass: ['Class'],
      storageClass: ['StorageClass'],
      volumeAttributesClass: ['VolumeAttributesClass'],
      csiDriver: ['Provisioner', 'DriverName'],
      text: ['Message', 'Reason', 'Request', 'Limit', 'Resource'],
      user: ['Requestor'],
      kindAndName: ['Object', 'Role'],
      users: ['Users'],
      groups: ['Groups'],
      serviceAccounts: ['ServiceAccounts'],
    };
    // What aggregated servers show is theirs to say.
    for (const row of allRows().filter(({ group }) => group !== 'metrics.k8s.io')) {
      const { columns } = upstreamResources.find(({ group, resource }) => group === row.group && resource === row.resource)!;
      for (const [index, rule] of Object.entries(row.cells ?? {})) {
        assert.ok(columnsOf[rule]?.includes(columns![Number(index)]!), `${row.resource} cell ${index} is ${columns![Number(index)]}`);
      }
      if (hasPrefixedNames(row)) assert.equal(columns![0], 'Name', row.resource);
    }
  });
});

function eachPath(fields: Fields, visit: (path: string) => void): void {
  for (const [path, inner] of Object.entries(fields)) {
    visit(path);
    if (typeof inner !== 'string') eachPath(inner, visit);
  }
}

/** Whether a JSON patch to the place would be translated, or refused because of what it stands in. */
function isTranslated(resource: string, group: string, version: string, path: string): boolean {
  const row = rowOf(group ? `${group}/${resource}` : resource, version);
  const pointer = `/${path.replaceAll('[]', '.0').replaceAll('.', '/')}`;
  try {
    return followPointer(requestTree(row), pointer, contextOf()).plan !== undefined;
  } catch {
    return true;
  }
}

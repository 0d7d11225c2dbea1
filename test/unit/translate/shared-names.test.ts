import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../src/errors.ts';
import type { TranslateContext } from '../../../src/translate/context.ts';
import { toOwnObjectName, toTenantObjectName, toUpstreamObjectName } from '../../../src/translate/object-name.ts';
import { translateQuery } from '../../../src/translate/query.ts';
import { attributesToUpstream } from '../../../src/translate/rules/resource-attributes.ts';
import { contextOf, ID, type Json, PREFIX, patchUpstream, rowOf, toTenant, toUpstream, watchToTenant } from './both-ways.ts';

const storageClasses = rowOf('storage.k8s.io/storageclasses');
const claims = rowOf('persistentvolumeclaims');
const SC = storageClasses;

function sharing(names: readonly string[], kind = 'StorageClass', overrides: Partial<TranslateContext> = {}): TranslateContext {
  const shared = {
    isSharedGroup: () => false,
    isSharedObject: (_: string, of: string, name: string) => of === kind && names.includes(name),
  };
  return contextOf({ shared, ...overrides });
}

const claim = (storageClassName: string) => ({
  kind: 'PersistentVolumeClaim',
  apiVersion: 'v1',
  metadata: { name: 'c', namespace: 'shop' },
  spec: { storageClassName },
});

describe('names of which the platform may share some', () => {
  /** Names that are hard: a few letters behind any number of prefixes, so that what is shared is often met. */
  const anyName = fc.tuple(fc.nat({ max: 3 }), fc.constantFrom('a', 'b', 'standard')).map(([times, end]) => PREFIX.repeat(times) + end);
  const sharedSet = fc.subarray(['a', 'b', 'standard']);

  it('come back as they went, whatever is shared', () => {
    fc.assert(
      fc.property(anyName, sharedSet, (name, names) => {
        const context = sharing(names);
        assert.equal(toTenantObjectName(SC, toUpstreamObjectName(SC, name, context), context), name);
      }),
    );
  });

  it('go as they came, whatever is shared', () => {
    fc.assert(
      fc.property(anyName, sharedSet, (upstreamName, names) => {
        const context = sharing(names);
        const shown = toOwnObjectName(SC, upstreamName, context);
        if (shown !== undefined) assert.equal(toUpstreamObjectName(SC, shown, context), upstreamName);
        else assert.ok(!upstreamName.startsWith(PREFIX) && !names.includes(upstreamName));
      }),
    );
  });

  it('are the platform’s only where they are exactly the shared one', () => {
    fc.assert(
      fc.property(anyName, sharedSet, (name, names) => {
        const upstreamName = toUpstreamObjectName(SC, name, sharing(names));
        assert.ok(upstreamName.startsWith(PREFIX) || names.includes(name));
      }),
    );
  });
});

describe('a shared class', () => {
  it('is referred to as it is; any other is the tenant’s own', () => {
    const context = sharing(['standard']);
    assert.deepEqual(toUpstream(claims, claim('standard'), { context }).spec, { storageClassName: 'standard' });
    assert.deepEqual(toUpstream(claims, claim('gold'), { context }).spec, { storageClassName: 'demo01-gold' });
    assert.deepEqual(toUpstream(claims, claim(''), { context }).spec, { storageClassName: '' });
    assert.deepEqual(toUpstream(claims, claim('standard')).spec, { storageClassName: 'demo01-standard' });
  });

  it('is listed and watched beside the tenant’s own, other classes are not', () => {
    const context = sharing(['standard'], 'StorageClass', { foreign: 'drop' });
    const item = (name: string, labels?: object) => ({ metadata: { name, ...(labels && { labels }) } });
    const items = [
      item('demo01-gold', { 'kubezoo.io/tenant': ID }),
      item('demo02-x'),
      item('standard', { 'kubezoo.io/shared': 'true' }),
      item('secret'),
    ];
    const list = toTenant(storageClasses, { kind: 'StorageClassList', metadata: {}, items }, { filtered: true, context });
    assert.deepEqual(list.items, [item('gold'), item('standard')]);
    const events = items.map((object) => ({ type: 'ADDED', object: { kind: 'StorageClass', ...object } }));
    const seen = watchToTenant(storageClasses, events, context).map(({ object }) => (object as { metadata: Json }).metadata.name);
    assert.deepEqual(seen, ['gold', 'standard']);
  });

  it('cuts the answer when it was not to be expected and is not shared', () => {
    assert.throws(() => toTenant(storageClasses, { kind: 'StorageClass', metadata: { name: 'standard' } }), /not the tenant's/);
    const shown = toTenant(storageClasses, { kind: 'StorageClass', metadata: { name: 'standard' } }, { context: sharing(['standard']) });
    assert.deepEqual(shown.metadata, { name: 'standard' });
  });

  it('cannot be made a second time', () => {
    const create = () => toUpstream(storageClasses, { metadata: { name: 'standard' } }, { context: sharing(['standard']) });
    assert.throws(create, (error) => {
      assert.ok(error instanceof KubeError);
      assert.equal(error.message, 'storageclasses.storage.k8s.io "standard" already exists');
      assert.equal(error.code, 409);
      return true;
    });
  });

  it('that has the name of one of the tenant’s own leaves both to be told apart', () => {
    const context = sharing(['gold'], 'StorageClass', { foreign: 'drop' });
    const items = [{ metadata: { name: 'demo01-gold' } }, { metadata: { name: 'gold' } }];
    const list = toTenant(storageClasses, { kind: 'StorageClassList', metadata: {}, items }, { filtered: true, context });
    assert.deepEqual(list.items, items);
    const table = toTenant(
      storageClasses,
      { kind: 'Table', rows: [{ cells: ['demo01-gold (default)', 'demo01-x'], object: { kind: 'PartialObjectMetadata', ...items[0] } }] },
      { filtered: true, context },
    );
    assert.deepEqual((table.rows as { cells: unknown }[])[0]!.cells, ['demo01-gold (default)', 'x']);
  });

  it('is selected by its own name', () => {
    const query = new URLSearchParams({ fieldSelector: 'metadata.name=standard' });
    const ask = (context: TranslateContext) => translateQuery(storageClasses, 'list', query, context).get('fieldSelector');
    assert.equal(ask(sharing(['standard'])), 'metadata.name=standard');
    assert.equal(ask(contextOf()), 'metadata.name=demo01-standard');
  });

  it('is counted by quotas under its own name', () => {
    const quotas = rowOf('resourcequotas');
    const hard = {
      'standard.storageclass.storage.k8s.io/requests.storage': '1Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
    };
    const quota = { kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'shop' }, spec: { hard } };
    const context = sharing(['standard']);
    const stored = toUpstream(quotas, quota, { context });
    assert.deepEqual(Object.keys((stored.spec as { hard: Json }).hard), [
      'standard.storageclass.storage.k8s.io/requests.storage',
      'demo01-gold.storageclass.storage.k8s.io/requests.storage',
    ]);
    assert.deepEqual(toTenant(quotas, stored, { context }), quota);
  });
});

describe('a DeviceClass of a tenant’s own', () => {
  const row = rowOf('resource.k8s.io/deviceclasses');
  const NOTHING = { cel: { expression: 'false' } };
  const own = { cel: { expression: 'device.driver == "gpu"' } };

  it('matches nothing upstream, whatever was written, and shows what was written', () => {
    for (const selectors of [undefined, null, [], [own], [NOTHING, own]]) {
      const sent = { kind: 'DeviceClass', metadata: { name: 'x' }, spec: selectors === undefined ? {} : { selectors } };
      const stored = toUpstream(row, sent) as { spec: { selectors: unknown[] } };
      assert.deepEqual(stored.spec.selectors, [NOTHING, ...(selectors ?? [])]);
      assert.deepEqual((toTenant(row, stored).spec as Json).selectors, selectors?.length ? selectors : undefined);
    }
    assert.deepEqual(toUpstream(row, { metadata: { name: 'x' } }).spec, { selectors: [NOTHING] });
  });

  it('is patched where the tenant sees its selectors', () => {
    const patch = (...operations: unknown[]) => patchUpstream(row, 'json', operations);
    assert.deepEqual(patch({ op: 'replace', path: '/spec/selectors/0/cel/expression', value: 'true' }), [
      { op: 'replace', path: '/spec/selectors/1/cel/expression', value: 'true' },
    ]);
    assert.deepEqual(patch({ op: 'add', path: '/spec/selectors/-', value: own }), [{ op: 'add', path: '/spec/selectors/-', value: own }]);
    assert.deepEqual(patch({ op: 'remove', path: '/spec/selectors' }), [{ op: 'replace', path: '/spec/selectors', value: [NOTHING] }]);
    assert.deepEqual(patch({ op: 'add', path: '/spec/selectors', value: [own] }), [
      { op: 'add', path: '/spec/selectors', value: [NOTHING, own] },
    ]);
    assert.deepEqual(patchUpstream(row, 'merge', { spec: { selectors: null } }), { spec: { selectors: [NOTHING] } });
    assert.deepEqual(patchUpstream(row, 'strategic', { spec: { selectors: [own] } }), { spec: { selectors: [NOTHING, own] } });
    assert.deepEqual(patchUpstream(row, 'merge', { spec: { config: [] } }), { spec: { config: [] } });
  });
});

describe('signers', () => {
  const requests = rowOf('certificates.k8s.io/certificatesigningrequests');

  it('of Kubernetes’ own are refused, with a reason, wherever a certificate could come of it', () => {
    const signerName = 'kubernetes.io/kube-apiserver-client';
    const pod = { spec: { volumes: [{ projected: { sources: [{ podCertificate: { signerName } }] } }] } };
    for (const [row, body] of [
      [requests, { spec: { signerName } }],
      [rowOf('certificates.k8s.io/podcertificaterequests'), { spec: { signerName } }],
      [rowOf('pods'), pod],
    ] as const) {
      assert.throws(() => toUpstream(row, body), /makes identities of the whole platform/);
    }
  });

  it('of the platform’s: one is offered, to certificate requests alone', () => {
    const body = { spec: { signerName: 'kubezoo.io/tenant-client' } };
    assert.deepEqual(toUpstream(requests, body), body);
    const pod = { spec: { volumes: [{ projected: { sources: [{ podCertificate: { signerName: 'kubezoo.io/tenant-client' } }] } }] } };
    for (const [row, refused] of [
      [requests, { spec: { signerName: 'kubezoo.io/x' } }],
      [requests, { spec: { signerName: 'kubezoo.io/tenant-client2' } }],
      [rowOf('certificates.k8s.io/podcertificaterequests'), body],
      [rowOf('certificates.k8s.io/clustertrustbundles'), body],
      [rowOf('pods'), pod],
    ] as const) {
      assert.throws(() => toUpstream(row, refused), /is not offered here/);
    }
    const query = new URLSearchParams({ fieldSelector: 'spec.signerName=kubezoo.io/tenant-client' });
    assert.equal(translateQuery(requests, 'list', query, contextOf()).get('fieldSelector'), 'spec.signerName=kubezoo.io/tenant-client');
  });

  it('are selected by in the tenant’s spelling', () => {
    const query = new URLSearchParams({ fieldSelector: 'spec.signerName=example.com/x' });
    const upstream = translateQuery(requests, 'list', query, contextOf());
    assert.equal(upstream.get('fieldSelector'), 'spec.signerName=demo01-example.com/x');
  });

  it('are named in rules, and in questions about rights, as their requests are', () => {
    const rule = (resourceNames: string[]) => ({
      apiGroups: ['certificates.k8s.io'],
      resources: ['signers'],
      verbs: ['approve'],
      resourceNames,
    });
    const written = {
      kind: 'ClusterRole',
      metadata: { name: 'r' },
      rules: [rule(['example.com/x', 'example.com/*', 'kubezoo.io/tenant-client'])],
    };
    const stored = {
      kind: 'ClusterRole',
      metadata: { name: 'demo01-r', labels: { 'kubezoo.io/tenant': 'demo01' } },
      rules: [rule(['demo01-example.com/x', 'demo01-example.com/*', 'kubezoo.io/tenant-client'])],
    };
    assert.deepEqual(toUpstream(rowOf('rbac.authorization.k8s.io/clusterroles'), written), stored);
    assert.deepEqual(toTenant(rowOf('rbac.authorization.k8s.io/clusterroles'), stored), written);
    for (const [name, upstreamName] of [
      ['example.com/x', 'demo01-example.com/x'],
      ['kubezoo.io/tenant-client', 'kubezoo.io/tenant-client'],
    ]) {
      const asked = { group: 'certificates.k8s.io', resource: 'signers', verb: 'approve', name };
      assert.equal(attributesToUpstream(asked, contextOf()).name, upstreamName);
    }
  });

  it('give a trust bundle’s name its beginning, on both sides', () => {
    const bundle = { metadata: { name: 'example.com:x:main' }, spec: { signerName: 'example.com/x' } };
    const { metadata, spec } = toUpstream(rowOf('certificates.k8s.io/clustertrustbundles'), bundle) as { metadata: Json; spec: Json };
    assert.equal(metadata.name, 'demo01-example.com:x:main');
    assert.ok(String(metadata.name).startsWith(`${String(spec.signerName).replace('/', ':')}:`));
  });
});

describe('a StorageVersionMigration', () => {
  const row = rowOf('storagemigration.k8s.io/storageversionmigrations');
  it('names a group of the tenant’s own upstream, whichever was written', () => {
    const groupOf = (resource: Json) =>
      ((toUpstream(row, { spec: { resource } }) as { spec: { resource: Json } }).spec.resource as Json).group;
    assert.equal(groupOf({ group: 'acme.io', resource: 'widgets' }), 'demo01-acme.io');
    assert.equal(groupOf({ group: 'apps', resource: 'deployments' }), 'demo01-apps');
    assert.equal(groupOf({ group: '', resource: 'secrets' }), 'demo01-core');
    assert.equal(groupOf({ resource: 'secrets' }), 'demo01-core');
  });
});

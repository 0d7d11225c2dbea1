import assert from 'node:assert/strict';
import { isSameTenant, makeBackup, parseBackup, renderBackup } from '../../../src/cli/backup/backup-file.ts';
import { planRestore, type RestoreOptions } from '../../../src/cli/backup/plan-restore.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../../src/tenants/tenant.ts';
import { sampleTenant } from './sample-tenant.ts';

const NOW = new Date('2026-11-03T00:00:00Z');
const withKey = sampleTenant('abc123', {
  metadata: { labels: { plan: 'gold' }, annotations: { [KUBECONFIG_ANNOTATION]: 'c2VjcmV0', note: 'kept' } },
  spec: { quota: { hard: { pods: 3 } } },
});
const textOf = (tenants: Tenant[], secrets = false) => renderBackup(makeBackup(tenants, '7', secrets, NOW), 'yaml');

describe('a backup', () => {
  for (const format of ['yaml', 'json'] as const) {
    it(`comes back from ${format} as it went`, () => {
      const backup = makeBackup([withKey, sampleTenant('team-a')], '7', true, NOW);
      assert.deepEqual(parseBackup(renderBackup(backup, format), false), backup);
    });
  }
  it('keeps of the status when the tenant began: what was before is not its own', () => {
    const [item] = makeBackup([sampleTenant('abc123', { status: { firstResourceVersion: '77' } })], '7', false, NOW).items;
    assert.deepEqual(item!.status, { firstResourceVersion: '77' });
  });
  it('has the uid and what the operator wrote, and neither status nor revision', () => {
    const [item] = makeBackup([withKey], '7', false, NOW).items;
    assert.deepEqual(item, {
      apiVersion: 'tenant.kubezoo.io/v1alpha1',
      kind: 'Tenant',
      metadata: {
        name: 'abc123',
        uid: 'uid-of-abc123',
        creationTimestamp: '2026-11-01T00:00:00Z',
        generation: 1,
        finalizers: ['kubezoo.io/tenant'],
        labels: { plan: 'gold' },
        annotations: { note: 'kept' },
      },
      spec: { quota: { hard: { pods: 3 } } },
    });
  });
  it('has private keys only when asked', () => {
    assert.ok(!textOf([withKey]).includes('c2VjcmV0'));
    assert.ok(textOf([withKey], true).includes('c2VjcmV0'));
  });
  it('is refused when it was damaged or changed, unless that is meant', () => {
    const changed = textOf([withKey]).replace('pods: 3', 'pods: 300');
    assert.throws(() => parseBackup(changed, false), /checksum is wrong/);
    assert.equal(parseBackup(changed, true).items[0]?.spec.quota?.hard?.pods, 300);
    assert.throws(() => parseBackup(textOf([withKey]).replace(/\n {2}- apiVersion[\s\S]*$/, ' []\n'), false), /checksum is wrong/);
  });
  it('does not mind how it is laid out', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return Array.isArray(value) ? value.map(reversed) : value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    const backup = reversed(parseBackup(textOf([withKey]), false));
    assert.equal(parseBackup(JSON.stringify(backup, null, 7), false).items.length, 1);
  });
  it('is refused when it is something else', () => {
    assert.throws(() => parseBackup('{', false), /cannot be read/);
    assert.throws(() => parseBackup('', false), /no backup of tenants/);
    assert.throws(() => parseBackup('kind: List\nitems: []', false), /its kind is "List"/);
    assert.throws(
      () => parseBackup(textOf([]).replace('kubezoo.io/v1', 'kubezoo.io/v2'), false),
      /"backup\.kubezoo\.io\/v2"; this kubezoo reads/,
    );
    assert.throws(() => parseBackup('apiVersion: backup.kubezoo.io/v1\nkind: TenantBackup', false), /no items/);
  });
  it('is refused when a tenant in it is none, however the checksum is', () => {
    const refused = (tenant: Tenant) => () => parseBackup(textOf([tenant]), false);
    assert.throws(refused(sampleTenant('toolongid')), /"toolongid".*six/);
    assert.throws(refused(sampleTenant('system')), /reserved/);
    assert.throws(refused({ ...withKey, extra: 1 } as never), /unknown field "extra"/);
    assert.throws(refused(sampleTenant('abc123', { spec: { limits: { burst: 0 } } })), /spec\.limits\.burst/);
    assert.throws(refused(sampleTenant('abc123', { metadata: { uid: '' } })), /no uid/);
    assert.throws(() => parseBackup(textOf([withKey, withKey]), false), /"abc123" is in the backup twice/);
  });
});

describe('a restore', () => {
  const [item] = makeBackup([withKey], '7', false, NOW).items as [Tenant];
  const plan = (items: Tenant[], present: Tenant[], options: Partial<RestoreOptions> = {}) =>
    planRestore(items, present, {
      whenThere: 'refuse',
      withDeletions: false,
      strangers: new Map(),
      upstreams: ['default', 'west'],
      ...options,
    });
  const other = { ...withKey, spec: { quota: { hard: { pods: 4 } } } };

  it('makes a tenant that is not there, with its uid', () => {
    const [step] = plan([item], []);
    assert.equal(step?.action, 'create');
    assert.equal(step.tenant?.metadata.uid, 'uid-of-abc123');
  });
  it('leaves alone what is the same, kubeconfig and status aside', () => {
    assert.ok(isSameTenant(item, withKey));
    assert.deepEqual(plan([item], [withKey]), [{ tenantId: 'abc123', action: 'leave', text: 'unchanged' }]);
  });
  it('refuses, skips or overwrites what differs', () => {
    assert.equal(plan([item], [other])[0]?.action, 'refuse');
    assert.equal(plan([item], [other], { whenThere: 'skip' })[0]?.action, 'leave');
    const [step] = plan([item], [other], { whenThere: 'overwrite' });
    assert.equal(step?.action, 'overwrite');
    assert.deepEqual(step.tenant?.spec, item.spec);
    // It replaces just what was read, its generation grows, and the key that the backup does not have stays.
    assert.equal(step.tenant?.metadata.resourceVersion, '10');
    assert.equal(step.tenant?.metadata.generation, 2);
    assert.equal(step.tenant?.metadata.annotations?.[KUBECONFIG_ANNOTATION], 'c2VjcmV0');
  });
  it('says whose certificates end, and keeps no key of another tenant of the id', () => {
    const [step] = plan([item], [{ ...withKey, metadata: { ...withKey.metadata, uid: 'another' } }], { whenThere: 'overwrite' });
    assert.match(step?.text ?? '', /certificates made since are worth nothing/);
    assert.equal(step?.tenant?.metadata.annotations?.[KUBECONFIG_ANNOTATION], undefined);
    assert.equal(step?.tenant?.status, undefined);
  });
  it('deletes nothing by itself', () => {
    const ending = { ...item, metadata: { ...item.metadata, deletionTimestamp: '2026-11-02T00:00:00Z' } };
    assert.equal(plan([ending], [])[0]?.action, 'leave');
    assert.equal(plan([ending], [withKey], { whenThere: 'overwrite' })[0]?.action, 'leave');
    assert.equal(plan([ending], [], { withDeletions: true })[0]?.action, 'create');
  });
  it('does not stop a deletion that is under way, nor move a tenant', () => {
    const ending = { ...withKey, metadata: { ...withKey.metadata, deletionTimestamp: '2026-11-02T00:00:00Z' } };
    assert.match(plan([item], [ending], { whenThere: 'overwrite' })[0]?.text ?? '', /it is being deleted/);
    const moved = { ...withKey, spec: { upstream: 'west' } };
    assert.match(plan([item], [moved], { whenThere: 'overwrite' })[0]?.text ?? '', /spec\.upstream/);
  });
  it('refuses a tenant of a cluster that nobody knows', () => {
    const far = { ...item, spec: { upstream: 'west' } };
    assert.equal(plan([far], [])[0]?.action, 'create');
    assert.match(plan([far], [], { upstreams: ['default'] })[0]?.text ?? '', /refused: it lives in the cluster "west"/);
  });
  it("gives a tenant nothing that is the platform's", () => {
    const strangers = new Map([['abc123', 'namespace "abc123-x"']]);
    for (const whenThere of ['refuse', 'skip', 'overwrite'] as const) {
      assert.match(plan([item], [], { strangers, whenThere })[0]?.text ?? '', /refused: upstream holds namespace "abc123-x"/);
    }
  });
});

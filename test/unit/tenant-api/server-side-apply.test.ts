import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../src/errors.ts';
import { applyConfig } from '../../../src/tenant-api/apply.ts';
import { fieldsOf } from '../../../src/tenant-api/field-paths.ts';
import { fromFieldsV1, toFieldsV1 } from '../../../src/tenant-api/fields-v1.ts';
import { type Manager, ownersAfterUpdate, readManagers, type Writer, writeManagers } from '../../../src/tenant-api/managed-fields.ts';
import { TENANT_SCHEMA } from '../../../src/tenant-api/schema.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../src/tenants/tenant.ts';

const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-02-02T00:00:00Z';

const tenant = (changes: Partial<Tenant['metadata']> = {}, status?: Tenant['status']): Tenant => ({
  apiVersion: TENANT_API_VERSION,
  kind: 'Tenant',
  metadata: { name: 'demo01', ...changes },
  spec: {},
  ...(status && { status }),
});
const as = (manager: string, now = NOW, subresource: '' | 'status' = ''): Writer => ({ manager, subresource, now });

/** Applies one after the other, beginning with an empty tenant. */
class Session {
  live = tenant();
  managers: Manager[] = [];

  apply(manager: string, labels: Record<string, string> | undefined, force = false, now = NOW): this {
    const applied = applyConfig(this.live, tenant(labels ? { labels } : {}), this.managers, as(manager, now), force);
    this.live = applied.tenant;
    this.managers = applied.managers.filter(({ fields }) => fields.size > 0);
    return this;
  }

  update(manager: string, labels: Record<string, string>): this {
    const changed = tenant({ labels });
    this.managers = ownersAfterUpdate(this.live, changed, this.managers, as(manager));
    this.live = changed;
    return this;
  }

  get labels() {
    return this.live.metadata.labels;
  }

  owned(manager: string): unknown {
    const entry = this.managers.find(({ name }) => name === manager);
    const { 'f:metadata': metadata = {} } = toFieldsV1(entry?.fields ?? new Set()) as Record<string, Record<string, object>>;
    return Object.keys(metadata['f:labels'] ?? {});
  }
}

describe('server-side apply', () => {
  it('sets what is wanted, owns it, and is content with a repetition', () => {
    const session = new Session().apply('m1', { a: '1', b: '1' });
    assert.deepEqual([session.labels, session.owned('m1')], [{ a: '1', b: '1' }, ['f:a', 'f:b']]);
    const before = { live: session.live, managers: session.managers };
    session.apply('m1', { a: '1', b: '1' }, false, LATER);
    assert.deepEqual({ live: session.live, managers: session.managers }, before);
  });

  it('takes away what is wanted no more', () => {
    const session = new Session().apply('m1', { a: '1', b: '1' }).apply('m1', { a: '1' }, false, LATER);
    assert.deepEqual([session.labels, session.owned('m1'), session.managers[0]?.time], [{ a: '1' }, ['f:a'], LATER]);
  });

  it('leaves what others own, or set', () => {
    const session = new Session().update('edit', { e: '1' }).apply('m1', { a: '1' }).apply('m1', undefined);
    assert.deepEqual(session.labels, { e: '1' });
  });

  it('shares a field that two want alike, and keeps it until both let go', () => {
    const session = new Session().apply('m1', { a: '1' }).apply('m2', { a: '1', c: '2' }).apply('m1', undefined);
    assert.deepEqual([session.labels, session.owned('m1'), session.owned('m2')], [{ a: '1', c: '2' }, [], ['f:a', 'f:c']]);
    assert.deepEqual(session.apply('m2', undefined).labels ?? {}, {});
  });

  it('refuses to change what another owns, in the words of the apiserver', () => {
    const session = new Session().apply('m1', { a: '1' });
    assert.throws(() => session.apply('m2', { a: '2' }), {
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "m1": .metadata.labels.a',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.metadata.labels.a' }] },
    });
    assert.deepEqual(session.labels, { a: '1' });
  });

  it('counts conflicts by manager', () => {
    const session = new Session().apply('m1', { a: '1', b: '1' }).update('edit', { a: '9', b: '1', d: '9' });
    assert.throws(
      () => session.apply('m2', { a: '2', b: '2', d: '2' }),
      (error) => {
        assert.ok(error instanceof KubeError);
        const lines = [
          `conflicts with "edit" using ${TENANT_API_VERSION}:`,
          '- .metadata.labels.a',
          '- .metadata.labels.d',
          'conflicts with "m1":',
          '- .metadata.labels.b',
        ];
        assert.equal(error.message, `Apply failed with 3 conflicts: ${lines.join('\n')}`);
        return true;
      },
    );
  });

  it('takes over by force', () => {
    const session = new Session().apply('m1', { a: '1', b: '1' }).apply('m2', { a: '2' }, true);
    assert.deepEqual([session.labels, session.owned('m1'), session.owned('m2')], [{ a: '2', b: '1' }, ['f:b'], ['f:a']]);
  });

  it('gives a field to whoever writes it without apply', () => {
    const session = new Session().apply('m1', { a: '1', b: '1' }).update('edit', { a: '2', b: '1' });
    assert.deepEqual([session.owned('m1'), session.owned('edit')], [['f:b'], ['f:a']]);
  });

  it('adds to sets and to lists of maps, and takes only its own out again', () => {
    const condition = (type: string) => ({ type, status: 'True' as const, reason: 'R', message: '', lastTransitionTime: NOW });
    const live = tenant({ finalizers: ['other/x'] }, { conditions: [condition('Theirs')] });
    const config = tenant({ finalizers: ['my/y'] }, { conditions: [condition('Mine')] });
    const first = applyConfig(live, config, [], as('m1'), false);
    assert.deepEqual(first.tenant.metadata.finalizers, ['other/x', 'my/y']);
    assert.deepEqual(
      first.tenant.status?.conditions?.map(({ type }) => type),
      ['Theirs', 'Mine'],
    );
    const second = applyConfig(first.tenant, tenant(), first.managers, as('m1'), false);
    assert.deepEqual(second.tenant.metadata.finalizers, ['other/x']);
    assert.deepEqual(
      second.tenant.status?.conditions?.map(({ type }) => type),
      ['Theirs'],
    );
  });

  it('keeps an item of a list as long as somebody owns a part of it', () => {
    const condition = { type: 'Ready', status: 'True' as const, reason: 'R', message: '', lastTransitionTime: NOW };
    const first = applyConfig(tenant(), tenant({}, { conditions: [condition] }), [], as('m1'), false);
    const changed = tenant({}, { conditions: [{ ...condition, reason: 'Other' }] });
    const managers = ownersAfterUpdate(first.tenant, changed, first.managers, as('edit'));
    const { tenant: left } = applyConfig(changed, tenant(), managers, as('m1'), false);
    assert.deepEqual(left.status?.conditions, [{ type: 'Ready', reason: 'Other' }]);
  });
});

describe('managedFields', () => {
  it('owns containers that an update made, and fields it changed, but none of the server', () => {
    const created = tenant({
      uid: 'u',
      resourceVersion: '5',
      generation: 1,
      creationTimestamp: NOW,
      labels: { a: '1' },
      finalizers: ['x/y'],
    });
    const [entry] = writeManagers(ownersAfterUpdate(undefined, created, [], as('curl'))) as [{ fieldsV1: object }];
    const metadata = { 'f:finalizers': { '.': {}, 'v:"x/y"': {} }, 'f:labels': { '.': {}, 'f:a': {} } };
    assert.deepEqual(entry.fieldsV1, { 'f:metadata': metadata, 'f:spec': {} });
  });

  it('forgets what is gone, and who owns nothing', () => {
    const old = tenant({ labels: { a: '1' } });
    const managers = ownersAfterUpdate(undefined, old, [], as('one'));
    const changed = { ...tenant(), spec: {} };
    const after = writeManagers(ownersAfterUpdate(old, changed, managers, as('two'))) as { manager: string; fieldsV1: object }[];
    assert.deepEqual(
      after.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
      [['one', { 'f:spec': {} }]],
    );
  });

  it('keeps the entries of a status apart', () => {
    const old = tenant();
    const changed = tenant({}, { phase: 'Ready' });
    const [entry] = writeManagers(ownersAfterUpdate(old, changed, [], as('c', NOW, 'status'))) as { subresource?: string }[];
    assert.equal(entry?.subresource, 'status');
  });

  it('takes the list a client sends when it can be read, and the documented reset', () => {
    assert.equal(readManagers(undefined), undefined);
    assert.equal(readManagers([]), undefined);
    assert.deepEqual(readManagers([{}]), []);
    assert.equal(readManagers([{ manager: 'x', operation: 'Update', fieldsV1: { nonsense: {} } }]), undefined);
    assert.equal(readManagers([{ manager: 'x', operation: 'Own', fieldsV1: {} }]), undefined);
  });

  it('round-trips sets of fields', () => {
    const object = fc.record(
      {
        labels: fc.dictionary(fc.string(), fc.string()),
        finalizers: fc.uniqueArray(fc.string()),
        ownerReferences: fc.uniqueArray(fc.record({ uid: fc.string(), name: fc.string() }), { selector: ({ uid }) => uid }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(object, (metadata) => {
        const set = new Set(fieldsOf({ ...tenant(), metadata }, TENANT_SCHEMA).keys());
        assert.deepEqual(fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set)))), set);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { allRows } from '../../../src/translate/table/index.ts';
import { arbitraryObject, HOSTILE_NAMES, IDENTITY_MARK, MARKED_NAMES, NAME_MARK } from './arbitrary-object.ts';
import { contextOf, ID, patchUpstream, toTenant, toUpstream } from './both-ways.ts';

const served = allRows().filter(({ policy }) => policy === 'served');
/** The marks, where they stand as the tenant wrote them. A ServiceAccount's own namespace stands inside of an identity. */
const UNPREFIXED = new RegExp(`(?<!${ID}-|kubezoo:${ID}:system:serviceaccount:)${NAME_MARK}|(?<!kubezoo:${ID}:)${IDENTITY_MARK}`);

describe('a tenant reads what it wrote', function () {
  this.timeout(120_000);
  for (const row of served) {
    it(`${row.kind} (${row.group || 'core'})`, () => {
      fc.assert(
        fc.property(arbitraryObject(row, HOSTILE_NAMES), (tenantObject) => {
          const upstreamObject = toUpstream(row, tenantObject);
          assert.deepEqual(toTenant(row, upstreamObject), tenantObject);
        }),
        { numRuns: 30 },
      );
    });
  }
});

describe('upstream gets no name as the tenant wrote it, the tenant none as upstream has it', function () {
  this.timeout(120_000);
  for (const row of served) {
    it(`${row.kind} (${row.group || 'core'})`, () => {
      fc.assert(
        fc.property(arbitraryObject(row, MARKED_NAMES), (tenantObject) => {
          const upstreamObject = toUpstream(row, tenantObject);
          assert.doesNotMatch(JSON.stringify(upstreamObject), UNPREFIXED);
          // The platform's one signer has the same name for everybody.
          const seen = JSON.stringify(toTenant(row, upstreamObject)).replaceAll('kubezoo.io/tenant-client', '');
          assert.ok(!seen.includes(`${ID}-`) && !seen.includes('kubezoo'), seen);
        }),
        { numRuns: 30 },
      );
    });
  }
});

describe('patches that look like the object say what the object says', function () {
  this.timeout(120_000);
  for (const row of served.filter(({ nameless }) => !nameless)) {
    it(`${row.kind} (${row.group || 'core'})`, () => {
      fc.assert(
        fc.property(arbitraryObject(row, MARKED_NAMES), (tenantObject) => {
          const upstreamObject = toUpstream(row, tenantObject);
          for (const type of ['merge', 'strategic'] as const) assert.deepEqual(patchUpstream(row, type, tenantObject), upstreamObject);
          const applied = patchUpstream(row, 'apply', tenantObject) as { metadata: Record<string, unknown> };
          // Over what they are applied, these say besides.
          const isLookedAt = row.admission?.holder === 'webhooks';
          const { resourceVersion, ...metadata } = applied.metadata;
          assert.deepEqual(isLookedAt ? { ...applied, metadata } : applied, upstreamObject);
          assert.equal(resourceVersion, isLookedAt ? '1' : undefined);
        }),
        { numRuns: 10 },
      );
    });
  }
});

describe('lists, watches and metadata hold the same objects', function () {
  this.timeout(120_000);
  for (const row of served.filter(({ nameless }) => !nameless)) {
    it(`${row.kind} (${row.group || 'core'})`, () => {
      fc.assert(
        fc.property(arbitraryObject(row, MARKED_NAMES), (tenantObject) => {
          const { kind, apiVersion, ...upstreamItem } = toUpstream(row, tenantObject);
          const { kind: _, apiVersion: __, ...tenantItem } = tenantObject;
          const list = toTenant(row, { kind: `${kind}List`, apiVersion, metadata: {}, items: [upstreamItem] });
          assert.deepEqual(list.items, [tenantItem]);
          const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: upstreamItem.metadata };
          assert.deepEqual(toTenant(row, partial).metadata, tenantItem.metadata);
        }),
        { numRuns: 10 },
      );
    });
  }
});

describe('the round trip, were there no translation', function () {
  this.timeout(120_000);
  it('would be seen', () => {
    const row = served.find(({ resource }) => resource === 'networkpolicies')!;
    const policy = { kind: row.kind, metadata: { name: 'x', namespace: 'a' }, spec: { ingress: [{ from: [{ namespaceSelector: {} }] }] } };
    const upstreamObject = toUpstream(row, policy);
    assert.notDeepEqual(upstreamObject, policy);
    assert.throws(() => toTenant(row, policy), /not the tenant's/);
    assert.notDeepEqual(toTenant(row, upstreamObject, { context: contextOf() }), upstreamObject);
  });
});

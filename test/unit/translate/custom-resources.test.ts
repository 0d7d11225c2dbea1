/** Resources of tenants' own CRDs, and of the platform's that are shared: nothing is known of them but what all objects have. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { responsePlan, watchPlan } from '../../../src/translate/compile.ts';
import type { TranslateContext } from '../../../src/translate/context.ts';
import { ForeignObjectError, rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import { createSharedResources } from '../../../src/translate/shared-resources.ts';
import { ownCustomResources as own, sharedCustomResources } from '../../../src/translate/table/custom.ts';
import type { ResourceRow } from '../../../src/translate/table/row.ts';
import { contextOf, type Json, LAST_APPLIED, patchUpstream, toUpstream } from './both-ways.ts';

const context = contextOf({ shared: createSharedResources([{ group: 'snap.example', resource: 'snaps', scope: 'Namespaced' }]) });

/** As upstream prints what it knows the schema of only at run time: keys in order, so `kind` is not the first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Json)[key])]));
}

interface Seen {
  readonly row?: ResourceRow;
  readonly collection?: boolean;
  readonly subresource?: string;
  readonly filtered?: boolean;
  readonly as?: TranslateContext;
}

function seen(document: unknown, { row = own, collection = false, subresource, filtered = false, as = context }: Seen = {}): Json {
  const plan = responsePlan(row, subresource, { collection, filtered });
  return JSON.parse(rewriteJson(plan, as, JSON.stringify(document)).toString('utf8')) as Json;
}

function watched(events: readonly unknown[], row = own, as = context): Json[] {
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const lines = rewriteJson(watchPlan(row), as, text, { documents: 'many' }).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Json);
}

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/);
const name = fc.oneof(
  label,
  label.map((end) => `demo01-${end}`),
);
const group = name.map((first) => `${first}.io`);
const anything = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });

const owner = fc.oneof(
  fc.record({ apiVersion: group.map((of) => `${of}/v1`), kind: fc.constantFrom('Widget', 'Namespace'), name }),
  fc.record({ apiVersion: fc.constant('v1'), kind: fc.constantFrom('Namespace', 'ConfigMap'), name }),
  fc.record({
    apiVersion: fc.constant('apiextensions.k8s.io/v1'),
    kind: fc.constant('CustomResourceDefinition'),
    name: fc.tuple(label, group).map(([plural, of]) => `${plural}.${of}`),
  }),
);

/** As JSON has it: no objects without a prototype, no -0. */
const plain = (object: unknown): Json => JSON.parse(JSON.stringify(object)) as Json;

/** Whatever a schema may allow: also members that look like a List's or a Status'. */
const customResource = fc
  .record(
    {
      apiVersion: group.map((of) => `${of}/v1beta1`),
      kind: fc.constantFrom('Widget', 'Status', 'Table', 'Scale', 'PartialObjectMetadata', 'WidgetList'),
      metadata: fc.record(
        {
          name,
          namespace: name,
          labels: fc.constant({ app: 'demo01-x' }),
          ownerReferences: fc.array(owner, { maxLength: 2 }),
          managedFields: fc.array(fc.record({ apiVersion: group.map((of) => `${of}/v1`), manager: name, fieldsV1: anything }), {
            maxLength: 2,
          }),
        },
        { requiredKeys: ['name'] },
      ),
      spec: anything,
      items: fc.array(fc.record({ metadata: fc.record({ namespace: name }), apiVersion: name })),
      message: name,
      rows: anything,
      aaa: name,
    },
    { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
  )
  .chain((object) =>
    fc.boolean().map((isApplied) => {
      if (!isApplied) return plain(object);
      const annotations = { [LAST_APPLIED]: `${JSON.stringify({ ...object, metadata: { name: object.metadata.name } })}\n` };
      return plain({ ...object, metadata: { ...object.metadata, annotations } });
    }),
  );

describe('custom resources of a tenant’s own', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(customResource, (tenantObject) => {
        const upstreamObject = sorted(toUpstream(own, tenantObject, { context }));
        assert.deepEqual(seen(upstreamObject), tenantObject);
      }),
      { numRuns: 300 },
    );
  });

  it('keep what stands outside of the metadata', () => {
    fc.assert(
      fc.property(customResource, (tenantObject) => {
        const { apiVersion, metadata, ...upstreamRest } = toUpstream(own, tenantObject, { context });
        const { apiVersion: _, metadata: __, ...tenantRest } = tenantObject;
        assert.deepEqual(upstreamRest, tenantRest);
        assert.equal(apiVersion, `demo01-${tenantObject.apiVersion}`);
        assert.equal((metadata as Json).name, (tenantObject.metadata as Json).name);
      }),
      { numRuns: 100 },
    );
  });

  it('say the same in every kind of patch, list, watch and as metadata', () => {
    fc.assert(
      fc.property(customResource, (tenantObject) => {
        const upstreamObject = sorted(toUpstream(own, tenantObject, { context })) as Json;
        for (const type of ['merge', 'apply'] as const)
          assert.deepEqual(sorted(patchUpstream(own, type, tenantObject, { context })), upstreamObject);
        const [operation] = patchUpstream(own, 'json', [{ op: 'add', path: '', value: tenantObject }], { context }) as [Json];
        assert.deepEqual(sorted(operation.value), upstreamObject);
        const list = { apiVersion: 'demo01-a.io/v1', items: [upstreamObject], kind: 'WidgetList', metadata: { continue: 'c' } };
        assert.deepEqual(seen(list, { collection: true }), { ...list, apiVersion: 'a.io/v1', items: [tenantObject] });
        assert.deepEqual(watched([{ type: 'ADDED', object: upstreamObject }]), [{ type: 'ADDED', object: tenantObject }]);
        const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: upstreamObject.metadata };
        assert.deepEqual(seen(partial).metadata, tenantObject.metadata);
      }),
      { numRuns: 100 },
    );
  });

  const foreign = [
    { apiVersion: 'demo02-acme.io/v1', kind: 'Widget', metadata: { name: 'w' } },
    { apiVersion: 'acme.io/v1', kind: 'Widget', metadata: { name: 'w' } },
    { apiVersion: 'demo01-acme.io/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'demo02-web' } },
  ];
  for (const [index, object] of foreign.entries()) {
    it(`cut the answer where one is not the tenant’s (${index})`, () => {
      assert.throws(() => seen(object), ForeignObjectError);
      const list = { apiVersion: 'demo01-acme.io/v1', items: [object], kind: 'WidgetList', metadata: {} };
      assert.throws(() => seen(list, { collection: true }), ForeignObjectError);
      assert.throws(() => watched([{ type: 'ADDED', object }]), ForeignObjectError);
    });
  }

  const metadata = {
    name: 'demo01-w',
    namespace: 'demo01-web',
    ownerReferences: [{ apiVersion: 'demo01-acme.io/v1', kind: 'Gadget', name: 'demo01-g' }],
  };
  const rowOf = (object: unknown) => ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { continue: 'c', remainingItemCount: 2 },
    rows: [{ cells: ['demo01-w', 'demo01-web', 'demo01-acme.io/v1', 'demo01-g', 'demo01-web and more', 3, null], object }],
  });
  const shownCells = ['demo01-w', 'web', 'acme.io/v1', 'demo01-g', 'demo01-web and more', 3, null];

  it('have in the cells of their table what a column of the metadata shows', () => {
    for (const object of [
      { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
      { apiVersion: 'demo01-acme.io/v1', kind: 'Widget', metadata },
    ]) {
      const table = seen(rowOf(object), { collection: true });
      const [row] = table.rows as [Json];
      assert.deepEqual(row.cells, shownCells);
      assert.equal(((row.object as Json).metadata as Json).namespace, 'web');
      assert.deepEqual(table.metadata, { continue: 'c', remainingItemCount: 2 });
      const [event] = watched([{ type: 'ADDED', object: rowOf(object) }]) as [Json];
      assert.deepEqual(((event.object as Json).rows as Json[])[0]?.cells, shownCells);
    }
    const elsewhere = { kind: 'PartialObjectMetadata', metadata: { ...metadata, namespace: 'demo02-web' } };
    assert.throws(() => seen(rowOf(elsewhere), { collection: true }), ForeignObjectError);
  });

  it('have no prefix in what is said of them', () => {
    assert.deepEqual(
      seen({
        kind: 'Status',
        message: 'widgets.demo01-acme.io "demo01-w" not found in demo01-web',
        details: { name: 'demo01-w', group: 'demo01-acme.io', kind: 'widgets', causes: [{ message: 'Widget.demo01-acme.io "x"' }] },
      }),
      {
        kind: 'Status',
        // What begins as the tenant's prefix is taken for it: a text does not say what its words are.
        message: 'widgets.acme.io "w" not found in web',
        details: { name: 'demo01-w', group: 'acme.io', kind: 'widgets', causes: [{ message: 'Widget.acme.io "x"' }] },
      },
    );
  });

  it('are scaled', () => {
    const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'w', namespace: 'demo01-web' }, spec: { replicas: 2 } };
    const shown = { ...scale, metadata: { name: 'w', namespace: 'web' } };
    assert.deepEqual(seen(scale, { subresource: 'scale' }), shown);
    assert.deepEqual(toUpstream(own, shown, { subresource: 'scale', verb: 'update', context }), scale);
  });

  it('go on with bookmarks', () => {
    const bookmark = { type: 'BOOKMARK', object: { apiVersion: 'demo01-a.io/v1', kind: 'Widget', metadata: { resourceVersion: '7' } } };
    assert.deepEqual(watched([bookmark]), [{ ...bookmark, object: { ...bookmark.object, apiVersion: 'a.io/v1' } }]);
  });
});

describe('custom resources that the platform shares', () => {
  const shared = sharedCustomResources('Namespaced');
  const object = (namespace: string) => ({ apiVersion: 'snap.example/v1', kind: 'Snap', metadata: { name: 's', namespace } });

  it('keep their group', () => {
    assert.deepEqual(toUpstream(shared, object('web'), { context }), object('demo01-web'));
    assert.deepEqual(seen(object('demo01-web'), { row: shared }), object('web'));
  });

  it('are the tenant’s in the tenant’s namespaces alone', () => {
    const as = { ...context, foreign: 'drop' } as const;
    const list = { apiVersion: 'snap.example/v1', items: [object('demo02-web'), object('demo01-web'), { ...object('x'), metadata: {} }] };
    const shown = seen({ ...list, kind: 'SnapList', metadata: { continue: 'c' } }, { row: shared, collection: true, filtered: true, as });
    assert.deepEqual(shown.items, [object('web')]);
    assert.deepEqual(shown.metadata, {});
    assert.throws(() => seen(object('demo02-web'), { row: shared }), ForeignObjectError);
    const events = ['demo02-web', 'demo01-web'].map((namespace) => ({ type: 'ADDED', object: object(namespace) }));
    assert.deepEqual(watched(events, shared, as), [{ type: 'ADDED', object: object('web') }]);
  });

  it('are read only if they are cluster-scoped, and cut if they are not', () => {
    const cluster = sharedCustomResources('Cluster');
    assert.equal(cluster.policy, 'shared');
    const content = { apiVersion: 'snap.example/v1', kind: 'SnapClass', metadata: { name: 'demo01-s' } };
    const list = { apiVersion: 'snap.example/v1', items: [content], kind: 'SnapClassList', metadata: {} };
    assert.deepEqual(seen(list, { row: cluster, collection: true }), list);
    assert.throws(() => seen({ ...list, items: [object('demo02-web')] }, { row: cluster, collection: true }), ForeignObjectError);
  });
});

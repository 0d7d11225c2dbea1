import assert from 'node:assert/strict';
import { ForeignObjectError } from '../../../src/translate/engine/json-rewriter.ts';
import { contextOf, type Json, rowOf, toTenant, watchToTenant } from './both-ways.ts';

const pods = rowOf('pods');
const namespaces = rowOf('namespaces');
const partial = (metadata: Json): Json => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });

describe('a list of the whole cluster', () => {
  const list = {
    kind: 'NamespaceList',
    metadata: { resourceVersion: '7', continue: 'eyJ9', remainingItemCount: 12 },
    items: [
      { metadata: { name: 'demo02-a' } },
      { metadata: { name: 'demo01-a' } },
      { metadata: { name: 'demo01x' } },
      { metadata: { name: 'demo01-b' } },
    ],
  };

  it("keeps the tenant's own objects, and no trace of the others", () => {
    const seen = toTenant(namespaces, list, { filtered: true });
    assert.deepEqual(seen, {
      kind: 'NamespaceList',
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    });
  });

  it('goes by the namespace where there is one', () => {
    const items = [
      { metadata: { name: 'demo01-x', namespace: 'demo02-a' } },
      { metadata: { name: 'x', namespace: 'demo01-a' } },
      { metadata: { name: 'demo01-x' } },
    ];
    const seen = toTenant(pods, { kind: 'PodList', metadata: {}, items }, { filtered: true });
    assert.deepEqual(seen.items, [{ metadata: { name: 'x', namespace: 'a' } }]);
  });

  it('is cut where nothing foreign was to be expected', () => {
    assert.throws(() => toTenant(namespaces, list), ForeignObjectError);
  });

  it('keeps its paging where it is about one namespace', () => {
    const metadata = { continue: 'eyJ9', remainingItemCount: 2 };
    assert.deepEqual(toTenant(pods, { kind: 'PodList', metadata, items: null }).metadata, metadata);
  });

  it('of metadata alone is no different', () => {
    const items = [partial({ name: 'demo02-a' }), partial({ name: 'demo01-a' })];
    assert.deepEqual(toTenant(namespaces, { kind: 'PartialObjectMetadataList', metadata: {}, items }, { filtered: true }).items, [
      partial({ name: 'a' }),
    ]);
  });
});

describe('a Table', () => {
  const table = (...rows: unknown[]) => ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { continue: 'x' },
    columnDefinitions: [{ name: 'Name' }],
    rows,
  });
  const rowsOf = (seen: Json) => (seen.rows as Json[]).map(({ cells }) => cells);

  it('is filtered by what its rows are about', () => {
    const seen = toTenant(
      namespaces,
      table(
        { cells: ['demo02-a', 'Active'], object: partial({ name: 'demo02-a' }) },
        { cells: ['demo01-a', 'Active'], object: partial({ name: 'demo01-a' }) },
        { cells: ['demo01-b'], object: { kind: 'Namespace', metadata: { name: 'demo01-b' } } },
        { cells: ['demo01-c'], object: { kind: 'Other', metadata: { name: 'demo01-c' } } },
        { cells: ['demo01-d'], object: null },
        { cells: ['demo01-e'] },
      ),
      { filtered: true },
    );
    assert.deepEqual(rowsOf(seen), [['a', 'Active'], ['b']]);
    assert.deepEqual(seen.metadata, {});
  });

  it('keeps the names of what is in a namespace', () => {
    const seen = toTenant(pods, table({ cells: ['demo01-p', '1/1'], object: partial({ name: 'demo01-p', namespace: 'demo01-a' }) }));
    assert.deepEqual(seen.rows, [{ cells: ['demo01-p', '1/1'], object: partial({ name: 'demo01-p', namespace: 'a' }) }]);
  });

  const cells: readonly (readonly [label: string, row: string, metadata: Json, upstream: unknown[], tenant: unknown[]])[] = [
    [
      'a name with a colon',
      'rbac.authorization.k8s.io/clusterroles',
      { name: 'demo01-system:demo01-x' },
      ['demo01-system:demo01-x'],
      ['system:demo01-x'],
    ],
    ['a default class', 'networking.k8s.io/ingressclasses', { name: 'demo01-x' }, ['demo01-x (default)', 'c'], ['x (default)', 'c']],
    [
      'the claim of a volume',
      'persistentvolumes',
      { name: 'demo01-v' },
      ['demo01-v', '1Gi', 'RWO', 'Retain', 'Bound', 'demo01-a/c'],
      ['v', '1Gi', 'RWO', 'Retain', 'Bound', 'a/c'],
    ],
    [
      'the volume of a claim',
      'persistentvolumeclaims',
      { namespace: 'demo01-a' },
      ['demo01-c', 'Bound', 'demo01-v'],
      ['demo01-c', 'Bound', 'v'],
    ],
    [
      'the class of an Ingress',
      'networking.k8s.io/ingresses',
      { namespace: 'demo01-a' },
      ['demo01-i', 'demo01-nginx', '*'],
      ['demo01-i', 'nginx', '*'],
    ],
    [
      "an Event's object and message",
      'events',
      { namespace: 'demo01-a' },
      ['1m', 'Normal', 'R', 'namespace/demo01-a', '', '', 'in "demo01-a"', '1m', 1, 'demo01-e'],
      ['1m', 'Normal', 'R', 'namespace/a', '', '', 'in "a"', '1m', 1, 'demo01-e'],
    ],
    [
      "an Event's object in a namespace",
      'events',
      { namespace: 'demo01-a' },
      ['1m', 'Normal', 'R', 'pod/demo01-p'],
      ['1m', 'Normal', 'R', 'pod/demo01-p'],
    ],
    [
      'the subjects of a binding',
      'rbac.authorization.k8s.io/rolebindings',
      { namespace: 'demo01-a' },
      [
        'demo01-rb',
        'ClusterRole/demo01-view',
        '1m',
        'kubezoo:demo01:u, kubezoo:demo01:system:serviceaccount:a:sa, other',
        'kubezoo:demo01:g',
        '',
      ],
      ['demo01-rb', 'ClusterRole/view', '1m', 'u, other', 'g', 'a/sa'],
    ],
    [
      'a binding to a Role',
      'rbac.authorization.k8s.io/rolebindings',
      { namespace: 'demo01-a' },
      ['rb', 'Role/demo01-r', '1m', '', '', 'demo01-a/platform'],
      ['rb', 'Role/demo01-r', '1m', '', '', 'a/platform'],
    ],
  ];
  for (const [label, path, metadata, upstream, tenant] of cells) {
    it(label, () => assert.deepEqual(rowsOf(toTenant(rowOf(path), table({ cells: upstream, object: partial(metadata) }))), [tenant]));
  }
});

describe('a watch', () => {
  const event = (type: string, object: Json): Json => ({ type, object });

  it('passes what is the tenant’s, bookmarks and errors', () => {
    const bookmark = event('BOOKMARK', {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } },
      spec: {},
    });
    const seen = watchToTenant(namespaces, [
      event('ADDED', { kind: 'Namespace', metadata: { name: 'demo02-a' } }),
      event('ADDED', { kind: 'Namespace', metadata: { name: 'demo01-a' } }),
      bookmark,
      event('DELETED', { kind: 'Namespace', metadata: { name: 'demo01x' } }),
      event('ADDED', { kind: 'Other', metadata: { name: 'demo01-b' } }),
      event('ERROR', { kind: 'Status', message: 'too old: "demo01-a"', code: 410 }),
    ]);
    assert.deepEqual(seen, [
      event('ADDED', { kind: 'Namespace', metadata: { name: 'a' } }),
      bookmark,
      event('ERROR', { kind: 'Status', message: 'too old: "a"', code: 410 }),
    ]);
  });

  it('of Tables drops the whole event', () => {
    const tableEvent = (type: string, metadata: Json, ...cells: string[]) =>
      event(type, {
        kind: 'Table',
        metadata: { resourceVersion: '9' },
        columnDefinitions: null,
        rows: [{ cells, object: partial(metadata) }],
      });
    const seen = watchToTenant(namespaces, [
      tableEvent('ADDED', { name: 'demo02-a' }, 'demo02-a'),
      tableEvent('ADDED', { name: 'demo01-a' }, 'demo01-a'),
      tableEvent('BOOKMARK', { resourceVersion: '9' }, ''),
    ]);
    assert.deepEqual(seen, [tableEvent('ADDED', { name: 'a' }, 'a'), tableEvent('BOOKMARK', { resourceVersion: '9' }, '')]);
  });

  it('is cut where nothing foreign was to be expected', () => {
    const foreign = event('ADDED', { kind: 'Pod', metadata: { name: 'x', namespace: 'demo02-a' } });
    assert.throws(() => watchToTenant(pods, [foreign], contextOf()), ForeignObjectError);
  });
});

describe('other answers', () => {
  it('of a kind that nobody knows are nobody’s', () => {
    for (const kind of ['Secret', 'SecretList', 'APIGroup', '']) {
      assert.throws(() => toTenant(pods, { kind, metadata: { namespace: 'demo01-a' } }), ForeignObjectError, kind);
    }
    assert.throws(() => toTenant(pods, { metadata: { namespace: 'demo01-a' } }), ForeignObjectError);
  });

  it('that are a Status name the tenant’s names', () => {
    const status = (details: Json, message = '') => toTenant(pods, { kind: 'Status', status: 'Failure', message, details, code: 404 });
    assert.deepEqual(status({ name: 'demo01-a', kind: 'namespaces' }, 'namespaces "demo01-a" not found'), {
      kind: 'Status',
      status: 'Failure',
      message: 'namespaces "a" not found',
      details: { name: 'a', kind: 'namespaces' },
      code: 404,
    });
    assert.deepEqual(status({ name: 'demo01-p', kind: 'pods' }).details, { name: 'demo01-p', kind: 'pods' });
    assert.deepEqual(
      status({ name: 'demo01-r', group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', causes: [{ field: 'x', message: '"demo01-r"' }] })
        .details,
      {
        name: 'r',
        group: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        causes: [{ field: 'x', message: '"r"' }],
      },
    );
  });

  it('of sub-resources are of their own kind', () => {
    const scale = { kind: 'Scale', metadata: { name: 'd', namespace: 'demo01-a' }, spec: { replicas: 1 } };
    const deployments = rowOf('apps/deployments');
    assert.deepEqual(toTenant(deployments, scale, { subresource: 'scale' }).metadata, { name: 'd', namespace: 'a' });
    assert.throws(
      () => toTenant(deployments, { ...scale, metadata: { namespace: 'demo02-a' } }, { subresource: 'scale' }),
      ForeignObjectError,
    );
    assert.throws(() => toTenant(deployments, scale), ForeignObjectError);
    const token = { kind: 'TokenRequest', metadata: {}, status: { token: 't' } };
    assert.deepEqual(toTenant(rowOf('serviceaccounts'), token, { subresource: 'token' }), token);
    const evicted = { kind: 'Status', status: 'Success', code: 201 };
    assert.deepEqual(toTenant(pods, evicted, { subresource: 'eviction' }), evicted);
  });

  it('of a proxied server are its own, but for what upstream says', () => {
    const answer = { kind: 'Pod', metadata: { namespace: 'demo02-a' } };
    assert.deepEqual(toTenant(pods, answer, { subresource: 'proxy' }), answer);
    assert.equal(toTenant(pods, { kind: 'Status', message: 'pods "p" in demo01-a' }, { subresource: 'proxy' }).message, 'pods "p" in a');
  });
});

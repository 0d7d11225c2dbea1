import assert from 'node:assert/strict';
import { MAX_INFLIGHT_ANNOTATION } from '../../../src/tenants/tenant.ts';
import { APPLY, ApiClient, JSON_PATCH, MERGE, tenantBody } from './api-client.ts';

const NOW = new Date('2026-05-05T05:05:05.678Z');
const SECRET = 'c2VjcmV0LWt1YmVjb25maWc=';

describe('Tenant API: writes', () => {
  let api: ApiClient;
  let askedForPrefix: string[];
  beforeEach(async () => {
    askedForPrefix = [];
    api = await new ApiClient().start({
      now: () => NOW,
      upstreamHoldsPrefix: async (tenantId) => {
        askedForPrefix.push(tenantId);
        if (tenantId === 'broken') throw new Error('connection refused');
        return tenantId === 'taken1' ? 'namespace "taken1-web"' : undefined;
      },
    });
  });
  afterEach(() => api.server.close());

  describe('create', () => {
    it("sets what is the server's to set", async () => {
      const server = {
        uid: 'mine',
        generation: 7,
        creationTimestamp: '2020-01-01T00:00:00Z',
        deletionTimestamp: '2020-01-01T00:00:00Z',
        namespace: 'x',
      };
      const { code, body } = await api.create('demo01', { ...server, labels: { a: 'b' } }, { status: { phase: 'Ready' } });
      const { uid, resourceVersion, managedFields, ...metadata } = body.metadata;
      assert.equal(code, 201);
      assert.deepEqual(metadata, { name: 'demo01', labels: { a: 'b' }, generation: 1, creationTimestamp: '2026-05-05T05:05:05Z' });
      assert.match(uid, /^[0-9a-f-]{36}$/);
      assert.match(resourceVersion, /^\d+$/);
      assert.equal(managedFields[0].manager, 'tester');
      assert.equal(body.status, undefined);
      assert.deepEqual((await api.get('demo01')).body, body);
    });

    it('takes YAML, and a tenant without a spec', async () => {
      const { code, body } = await api.request(
        'POST',
        '',
        'apiVersion: tenant.kubezoo.io/v1alpha1\nkind: Tenant\nmetadata: {name: demo01}\n',
        { type: 'application/yaml; charset=utf-8' },
      );
      assert.deepEqual([code, body.spec], [201, {}]);
    });

    it('completes a generated name', async () => {
      const { body } = await api.request('POST', '', { ...tenantBody(''), metadata: { generateName: 'd' } });
      assert.match(body.metadata.name, /^d[a-z0-9]{5}$/);
    });

    it('writes nothing in a dry run', async () => {
      assert.equal((await api.request('POST', '?dryRun=All', tenantBody('demo01'))).code, 201);
      assert.equal(await api.store.get('demo01'), undefined);
    });

    it('asks upstream once whether the prefix is free, after everything else was right', async () => {
      await api.create('Demo01');
      await api.create('demo01', { labels: { 'a b': 'c' } });
      assert.deepEqual(askedForPrefix, []);
      await api.create('demo01');
      await api.create('demo01');
      await api.patch('demo01', { metadata: { labels: { a: 'b' } } });
      assert.deepEqual(askedForPrefix, ['demo01']);
    });

    it('refuses a prefix that upstream holds, by create and by apply', async () => {
      for (const answer of [
        await api.create('taken1'),
        await api.request('PATCH', 'taken1?fieldManager=m', tenantBody('taken1'), { type: APPLY }),
      ]) {
        assert.deepEqual([answer.code, answer.body.details.causes[0].field], [422, 'metadata.name']);
        assert.match(
          answer.body.message,
          /^Tenant.tenant.kubezoo.io "taken1" is invalid: metadata.name: Invalid value: "taken1": .*namespace "taken1-web"/,
        );
      }
    });

    it('refuses every id when upstream cannot tell', async () => {
      const { code, headers, body } = await api.create('broken');
      assert.deepEqual([code, body.reason, headers.get('retry-after')], [503, 'ServiceUnavailable', '1']);
      assert.doesNotMatch(body.message, /refused/);
      assert.equal(await api.store.get('broken'), undefined);
    });

    it('says who was first', async () => {
      await api.created('demo01');
      const { code, body } = await api.create('demo01');
      assert.deepEqual([code, body.reason, body.message], [409, 'AlreadyExists', 'tenants.tenant.kubezoo.io "demo01" already exists']);
    });

    const refusals: [what: string, body: unknown, type: string, code: number, message: RegExp][] = [
      ['a bad id', tenantBody('x'), 'application/json', 422, /metadata.name: Invalid value: "x": a tenant id must consist of exactly six/],
      ['a reserved id', tenantBody('system'), 'application/json', 422, /"system": this tenant id is reserved/],
      ['no name', tenantBody(''), 'application/json', 422, /metadata.name: Required value/],
      [
        'a bad limit',
        tenantBody('demo01', { annotations: { [MAX_INFLIGHT_ANNOTATION]: '-1' } }),
        'application/json',
        422,
        /metadata.annotations\[tce/,
      ],
      ['a resource version', tenantBody('demo01', { resourceVersion: '5' }), 'application/json', 400, /resourceVersion should not be set/],
      ['another kind', { ...tenantBody('demo01'), kind: 'Pod' }, 'application/json', 422, /kind: Invalid value: "Pod": must be Tenant/],
      [
        'another version',
        { ...tenantBody('demo01'), apiVersion: 'v1' },
        'application/json',
        400,
        /does not match the expected API version/,
      ],
      ['no kind', {}, 'application/json', 400, /Object 'Kind' is missing/],
      ['no JSON', '{', 'application/json', 400, /unrecognized/],
      ['no object', '[]', 'application/json', 400, /no object/],
      ['nothing', '', 'application/json', 400, /unrecognized/],
      ['no YAML', 'a: b: c', 'application/yaml', 400, /yaml: line 1/],
      [
        'a spec of a wrong type',
        { ...tenantBody('demo01'), spec: 'x' },
        'application/json',
        422,
        /spec: Invalid value: "string": spec in body must be of type object/,
      ],
      ['protobuf', 'k8s', 'application/vnd.kubernetes.protobuf', 415, /accepted media types include: application\/json, application\/yaml/],
      ['CBOR', 'x', 'application/cbor', 415, /unknown format/],
      ['a body that is too large', `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`, 'application/json', 413, /too large/],
    ];
    for (const [what, body, type, code, message] of refusals) {
      it(`refuses ${what}`, async () => {
        const answer = await api.request('POST', '', body, { type });
        assert.equal(answer.code, code, answer.text);
        assert.equal(answer.body.kind, 'Status');
        assert.match(answer.body.message, message);
        assert.deepEqual((await api.get('')).body.items, []);
      });
    }

    it('warns of unknown fields, refuses them, or keeps silent, as it is told', async () => {
      const body = { ...tenantBody('demo01'), spec: { quotas: {} }, zz: 1 };
      const strict = await api.request('POST', '?fieldValidation=Strict', body);
      assert.deepEqual(
        [strict.code, strict.body.message],
        [
          400,
          'Tenant in version "v1alpha1" cannot be handled as a Tenant: strict decoding error: unknown field "spec.quotas", unknown field "zz"',
        ],
      );
      const silent = await api.request('POST', '?fieldValidation=Ignore&dryRun=All', body);
      assert.deepEqual([silent.code, silent.headers.get('warning')], [201, null]);
      const warned = await api.request('POST', '', body);
      assert.deepEqual([warned.code, warned.body.spec, warned.body.zz], [201, {}, undefined]);
      assert.equal(warned.headers.get('warning'), '299 - "unknown field \\"spec.quotas\\"", 299 - "unknown field \\"zz\\""');
    });

    it('warns in no more than a header holds', async () => {
      const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`unknown${n}`, 1]));
      const { code, headers } = await api.create('demo01', {}, many);
      assert.equal(code, 201);
      assert.ok(headers.get('warning')!.length < 8_192);
    });

    for (const [query, field] of [
      ['dryRun=Some', 'dryRun'],
      ['fieldValidation=Maybe', 'fieldValidation'],
      [`fieldManager=${'x'.repeat(129)}`, 'fieldManager'],
    ]) {
      it(`refuses ?${query!.slice(0, 20)}`, async () => {
        const { code, body } = await api.request('POST', `?${query}`, tenantBody('demo01'));
        assert.deepEqual([code, body.details.causes[0].field], [422, field]);
      });
    }
  });

  describe('update', () => {
    it('replaces all but the status, and counts changes of the spec only', async () => {
      const created = await api.created('demo01', { labels: { a: 'b' } });
      const { code, body } = await api.request('PUT', 'demo01', {
        ...created,
        metadata: { ...created.metadata, labels: undefined, annotations: { x: 'y' } },
        status: { phase: 'Ready' },
      });
      assert.equal(code, 200);
      assert.deepEqual(
        [body.metadata.labels, body.metadata.annotations, body.metadata.generation, body.status],
        [undefined, { x: 'y' }, 1, undefined],
      );
      assert.notEqual(body.metadata.resourceVersion, created.metadata.resourceVersion);
    });

    it('counts a change of the spec', async () => {
      // A spec of a later version, as a store may hold it after a step back.
      const created = await api.store.create({
        ...(tenantBody('demo01') as Parameters<typeof api.store.create>[0]),
        spec: { later: 1 } as object,
      });
      const { body } = await api.patch('demo01', { metadata: { labels: { a: 'b' } } });
      assert.deepEqual([body.spec, body.metadata.generation, created.metadata.generation], [{}, 2, undefined]);
    });

    it('writes the status, and nothing else, through its subresource', async () => {
      await api.created('demo01', { labels: { a: 'b' } });
      const { code, body } = await api.patch('demo01/status', { metadata: { labels: { a: 'c' } }, status: { phase: 'Ready' } });
      assert.deepEqual([code, body.status, body.metadata.labels, body.metadata.generation], [200, { phase: 'Ready' }, { a: 'b' }, 1]);
      assert.equal(body.metadata.managedFields.at(-1).subresource, 'status');
      assert.deepEqual((await api.get('demo01/status')).body, body);
      const wrong = await api.patch('demo01/status', { status: { phase: 'Great' } });
      assert.deepEqual([wrong.code, wrong.body.details.causes[0].field], [422, 'status.phase']);
    });

    it('leaves the store alone when nothing changes', async () => {
      const created = await api.created('demo01', { labels: { a: 'b' } });
      assert.deepEqual((await api.request('PUT', 'demo01', created)).body, created);
      assert.deepEqual((await api.patch('demo01', { metadata: { labels: { a: 'b' } } })).body, created);
    });

    const refusals: [what: string, metadata: object, code: number, message: RegExp][] = [
      ['another name', { name: 'demo02' }, 400, /the name of the object \(demo02\) does not match the name on the URL \(demo01\)/],
      ['no name', { name: '' }, 400, /undeterminable/],
      ['no version', { resourceVersion: '' }, 422, /metadata.resourceVersion: Invalid value: 0: must be specified for an update/],
      [
        'an old version',
        { resourceVersion: '1' },
        409,
        /the object has been modified; please apply your changes to the latest version and try again/,
      ],
      ['another uid', { uid: 'x' }, 409, /Precondition failed: UID in precondition: x/],
      ['another creation', { creationTimestamp: '2020-01-01T00:00:00Z' }, 422, /metadata.creationTimestamp: .*field is immutable/],
      ['a deletion', { deletionTimestamp: '2020-01-01T00:00:00Z' }, 422, /metadata.deletionTimestamp: .*field is immutable/],
    ];
    for (const [what, metadata, code, message] of refusals) {
      it(`refuses ${what}`, async () => {
        const created = await api.created('demo01');
        const answer = await api.request('PUT', 'demo01', { ...created, metadata: { ...created.metadata, ...metadata } });
        assert.equal(answer.code, code, answer.text);
        assert.match(answer.body.message, message);
        assert.deepEqual((await api.get('demo01')).body, created);
      });
    }

    it('says so when there is nothing to update', async () => {
      const answer = await api.request('PUT', 'demo01', tenantBody('demo01', { resourceVersion: '1' }));
      assert.deepEqual([answer.code, answer.body.message], [404, 'tenants.tenant.kubezoo.io "demo01" not found']);
    });

    it('does not try again what was meant for one version', async () => {
      const created = await api.created('demo01');
      api.store.beforeWrite = async () => void (await api.store.update(created));
      assert.equal((await api.request('PUT', 'demo01', { ...created, metadata: { ...created.metadata, labels: { a: 'b' } } })).code, 409);
    });
  });

  describe('patch', () => {
    it('lays a patch without a version on whatever is there', async () => {
      const created = await api.created('demo01');
      api.store.beforeWrite = async () =>
        void (await api.store.update({ ...created, metadata: { ...created.metadata, labels: { other: '1' } } }));
      const { code, body } = await api.patch('demo01', { metadata: { labels: { mine: '1' } } });
      assert.deepEqual([code, body.metadata.labels], [200, { other: '1', mine: '1' }]);
    });

    it('holds a patch to the version it names', async () => {
      await api.created('demo01');
      assert.equal((await api.patch('demo01', { metadata: { resourceVersion: '1', labels: { a: 'b' } } })).code, 409);
    });

    it('knows JSON patches', async () => {
      await api.created('demo01', { labels: { a: 'b' } });
      const operations = [
        { op: 'test', path: '/metadata/labels/a', value: 'b' },
        { op: 'replace', path: '/metadata/labels/a', value: 'c' },
      ];
      assert.deepEqual((await api.patch('demo01', operations, JSON_PATCH)).body.metadata.labels, { a: 'c' });
      const failed = await api.patch('demo01', operations, JSON_PATCH);
      assert.deepEqual([failed.code, failed.body.reason], [422, 'Invalid']);
    });

    const refusals: [what: string, patch: unknown, type: string, code: number, message: RegExp][] = [
      [
        'a strategic merge patch',
        {},
        'application/strategic-merge-patch+json',
        415,
        /accepted media types include: application\/json-patch\+json/,
      ],
      ['no JSON', '{', MERGE, 400, /error decoding patch/],
      ['a list for an object', [], MERGE, 400, /must be an object/],
      ['an object for a list', {}, JSON_PATCH, 400, /must be a list/],
      ['another name', { metadata: { name: 'other1' } }, MERGE, 400, /does not match the name on the URL/],
      ['another kind', { kind: 'Pod' }, MERGE, 422, /must be Tenant/],
      ['another version', { apiVersion: 'v1' }, MERGE, 422, /must be tenant.kubezoo.io\/v1alpha1/],
      ['metadata of a wrong type', { metadata: { labels: 7 } }, MERGE, 422, /patch: Invalid value: metadata.labels/],
      ['a document instead of an object', [{ op: 'replace', path: '', value: 7 }], JSON_PATCH, 422, /no object/],
      ['force', {}, `${MERGE}; force`, 422, /force: Forbidden: may not be specified for non-apply patch/],
      ['an apply without a manager', tenantBody('demo01'), APPLY, 422, /fieldManager: Required value: is required for apply patch/],
    ];
    for (const [what, patch, type, code, message] of refusals) {
      it(`refuses ${what}`, async () => {
        const created = await api.created('demo01');
        const answer = await api.request('PATCH', what === 'force' ? 'demo01?force=true' : 'demo01', patch, { type });
        assert.equal(answer.code, code, answer.text);
        assert.match(answer.body.message, message);
        assert.deepEqual((await api.get('demo01')).body, created);
      });
    }

    it('keeps the kubeconfig out of what it says is wrong', async () => {
      await api.created('demo01', { annotations: { 'kubezoo.io/tenant.kubeconfig.base64': SECRET } });
      assert.ok((await api.get('demo01')).text.includes(SECRET));
      for (const patch of [{ spec: { a: 1 } }, { metadata: { labels: 7 } }, { status: 7 }, { metadata: { labels: { 'a b': '' } } }]) {
        const answer = await api.patch('demo01?fieldValidation=Strict', patch);
        assert.equal(answer.code, 422);
        assert.ok(!answer.text.includes(SECRET), answer.text);
      }
    });

    it('takes changes of managedFields, as kubectl makes them', async () => {
      const created = await api.created('demo01', { labels: { a: 'b' } });
      assert.equal(created.metadata.managedFields?.length, 1);
      assert.equal(
        (await api.patch('demo01', [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }], JSON_PATCH)).body.metadata
          .managedFields,
        undefined,
      );
    });
  });

  describe('apply', () => {
    const apply = (metadata: object, query = 'fieldManager=m1', rest = {}) =>
      api.request('PATCH', `demo01?${query}`, tenantBody('demo01', metadata, rest), { type: APPLY });

    it('creates, and then is content', async () => {
      const first = await apply({ labels: { a: '1' } });
      const again = await apply({ labels: { a: '1' } });
      assert.deepEqual([first.code, again.code], [201, 200]);
      assert.deepEqual(again.body, first.body);
    });

    it('does both with a tenant that somebody creates at the same time', async () => {
      api.store.beforeWrite = async () =>
        void (await api.store.create(tenantBody('demo01', { labels: { b: '2' } }) as Parameters<typeof api.store.create>[0]));
      const { code, body } = await apply({ labels: { a: '1' } });
      assert.deepEqual([code, body.metadata.labels], [200, { a: '1', b: '2' }]);
    });

    it('tells of conflicts, and gives in to force', async () => {
      await apply({ labels: { a: '1' } });
      const refused = await apply({ labels: { a: '2' } }, 'fieldManager=m2');
      assert.deepEqual(
        [refused.code, refused.body.details.causes],
        [409, [{ reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.metadata.labels.a' }]],
      );
      assert.deepEqual((await apply({ labels: { a: '2' } }, 'fieldManager=m2&force=true')).body.metadata.labels, { a: '2' });
    });

    it('neither writes nor owns a status', async () => {
      const { body } = await apply({}, 'fieldManager=m1', { status: { phase: 'Ready' } });
      assert.equal(body.status, undefined);
      assert.deepEqual(body.metadata.managedFields[0].fieldsV1, { 'f:spec': {} });
    });

    it('refuses what no configuration is', async () => {
      assert.match((await apply({ managedFields: [{}] })).body.message, /managedFields must be nil/);
      assert.match(
        (await apply({}, 'fieldManager=m1&fieldValidation=Strict', { spec: { a: 1 } })).body.message,
        /strict decoding error: unknown field "spec.a"/,
      );
      assert.match(
        (await api.request('PATCH', 'demo01?fieldManager=m', 'kind: Pod\n', { type: APPLY })).body.message,
        /invalid object type/,
      );
      assert.match((await api.request('PATCH', 'demo01?fieldManager=m', '[', { type: APPLY })).body.message, /error decoding YAML/);
    });
  });

  it('says that the store is away, and when to come again', async () => {
    const { StoreError } = await import('../../../src/tenants/store.ts');
    api.store.failure = new StoreError('Unavailable', 'etcd: secret host unreachable');
    for (const answer of [
      await api.create('demo01'),
      await api.get('demo01'),
      await api.get(''),
      await api.patch('demo01', {}),
      await api.request('DELETE', 'demo01'),
    ]) {
      assert.deepEqual([answer.code, answer.headers.get('retry-after')], [503, '1']);
      assert.doesNotMatch(answer.text, /secret host/);
    }
  });
});

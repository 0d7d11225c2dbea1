import assert from 'node:assert/strict';
import { jsonForm } from '../../../../src/local/openapi/json-form.ts';
import { COLLECTIONS, collect, type Member, type OpenApiForm } from '../../../../src/local/openapi/openapi-form.ts';
import { isOpenApiPathOffered } from '../../../../src/local/openapi/openapi-path-offered.ts';
import { protobufForm } from '../../../../src/local/openapi/protobuf-form.ts';
import { reachableMembers } from '../../../../src/local/openapi/reachable-members.ts';
import { createSpelling } from '../../../../src/local/openapi/spelling.ts';
import { SAMPLE_TABLE } from '../sample-table.ts';
import { field, kinds, named, operation, pathItem, reference, schema } from './gnostic-bytes.ts';

const MINE = createSpelling('demo01', (name) => name === 'io.k8s.Taken.v1.Kind');

describe('paths of OpenAPI documents', () => {
  const offered: Record<string, boolean> = {
    '/api/': true,
    '/apis/': true,
    '/version/': true,
    '/openid/v1/jwks/': false,
    '/.well-known/openid-configuration/': false,
    '/logs/{logpath}': false,
    '/api/v1/': true,
    '/api/v2/': false,
    '/apis/apps/': true,
    '/apis/apps/v1/': true,
    '/apis/apps/v2/': false,
    '/apis/certificates.k8s.io/': false,
    '/apis/certificates.k8s.io/v1/certificatesigningrequests': false,
    '/apis/demo02-acme.io/v1/widgets': false,
    '/apis/apps/v1/deployments': true,
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}': true,
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale': true,
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status': false,
    '/apis/apps/v1/namespaces/{namespace}/daemonsets': false,
    '/apis/apps/v1/watch/deployments': false,
    '/api/v1/namespaces/{namespace}/pods/{name}/log': true,
    '/api/v1/namespaces/{namespace}/pods/{name}/binding': false,
    '/api/v1/nodes': true,
    '/api/v1/nodes/{name}/status': true,
    '/api/v1/nodes/{name}/proxy/{path}': false,
    '/api/v1/namespaces/{name}/finalize': false,
    '/api/v1/watch/namespaces/{namespace}/pods': false,
  };
  for (const [path, expected] of Object.entries(offered)) {
    it(`${expected ? 'keeps' : 'drops'} ${path}`, () => assert.equal(isOpenApiPathOffered(path, SAMPLE_TABLE), expected));
  }
});

describe('OpenAPI documents in JSON', () => {
  const ref = (name: string): object => ({ schema: { $ref: `#/definitions/${name}` } });
  const document = {
    swagger: '2.0',
    info: { title: 'K', version: '1' },
    paths: {
      '/apis/apps/v1/deployments': { get: ref('io.k8s.Deployment'), parameters: [{ $ref: '#/parameters/pretty' }] },
      '/apis/demo02-acme.io/v1/widgets': ref('io.demo02-acme.Widget'),
    },
    definitions: {
      'io.demo02-acme.Widget': { properties: { spec: ref('io.demo02-acme.Part') } },
      'io.demo02-acme.Part': {},
      'io.k8s.Deployment': { properties: { spec: ref('io.k8s.Spec') } },
      'io.k8s.Patch': {},
      'io.k8s.Spec': { properties: { self: ref('io.k8s.Spec'), text: 'not a "$ref":"#/definitions/io.demo02-acme.Part"' } },
      'io.k8s.demo02-acme.Gadget': {},
    },
    parameters: { pretty: ref('io.k8s.Patch'), widget: ref('io.demo02-acme.Widget') },
    security: [{ BearerToken: [] }],
  };

  it('keep what the kept paths lead to, and no others', () => {
    // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
    const filtered = JSON.parse(keepOffered(jsonForm('v2'), Buffer.from(JSON.stringify(document))).toString()) as any;
    assert.deepEqual(Object.keys(filtered), Object.keys(document));
    assert.deepEqual(Object.keys(filtered.paths), ['/apis/apps/v1/deployments']);
    assert.deepEqual(Object.keys(filtered.definitions), ['io.k8s.Deployment', 'io.k8s.Patch', 'io.k8s.Spec']);
    assert.deepEqual(Object.keys(filtered.parameters), ['pretty']);
    assert.doesNotMatch(JSON.stringify(filtered).replace(/not a .*?"}/, ''), /demo02/);
    assert.deepEqual(filtered.definitions['io.k8s.Spec'], document.definitions['io.k8s.Spec']);
  });

  it('are the same when put together again', () => {
    for (const version of ['v2', 'v3'] as const) {
      for (const value of [
        {},
        { a: 1 },
        { paths: {} },
        document,
        { paths: {}, components: { schemas: { a: {} }, other: [] }, z: 1 },
        { components: {} },
      ]) {
        const form = jsonForm(version);
        const { members, join } = form.takeApart(Buffer.from(JSON.stringify(value)));
        const again = Buffer.concat(join(collect((collection) => [form.block(members[collection])])));
        assert.equal(again.toString(), JSON.stringify(value));
      }
    }
  });

  const rename = (version: 'v2' | 'v3', collection: 'paths' | 'definitions', name: string, value: string): [string, unknown] => {
    const member = { name, bytes: Buffer.from(`${JSON.stringify(name)}:${value}`) };
    const renamed = jsonForm(version).rename(collection, member, MINE);
    assert.ok(renamed.bytes.toString().startsWith(`${JSON.stringify(renamed.name)}:`));
    return [renamed.name, JSON.parse(renamed.bytes.subarray(JSON.stringify(renamed.name).length + 1).toString())];
  };

  it('have a tenant’s paths under the tenant’s names', () => {
    const get = (id: string, tag: string, group: string, definition: string): object => ({
      tags: [tag, 'demo01AcmeIo'],
      operationId: id,
      parameters: [{ in: 'body', schema: { $ref: `#/definitions/${definition}` } }, { $ref: '#/parameters/io.demo01-acme.v1.X' }],
      responses: { 200: { description: 'io.demo01-acme.v1.Widget', schema: { $ref: `#/definitions/${definition}` } } },
      'x-kubernetes-group-version-kind': { group, kind: 'Widget', version: 'v1' },
    });
    const upstream = { get: get('listDemo01AcmeIoV1Widget', 'demo01AcmeIo_v1', 'demo01-acme.io', 'io.demo01-acme.v1.Widget') };
    const [name, value] = rename('v2', 'paths', '/apis/demo01-acme.io/v1/namespaces/{namespace}/widgets', JSON.stringify(upstream));
    assert.equal(name, '/apis/acme.io/v1/namespaces/{namespace}/widgets');
    assert.deepEqual(value, { get: get('listAcmeIoV1Widget', 'acmeIo_v1', 'acme.io', 'io.acme.v1.Widget') });
  });

  it('have a tenant’s definitions under the tenant’s names, and its text as it wrote it', () => {
    const of = (definition: string, group: string): object => ({
      description: 'io.demo01-acme.v1.Widget',
      default: { $ref: '#/components/schemas/io.demo01-acme.v1.Part' },
      enum: ['#/components/schemas/io.demo01-acme.v1.Part', { group: 'demo01-acme.io' }],
      properties: {
        $ref: { $ref: `#/components/schemas/${definition}` },
        'demo01-acme.io': { type: 'string', 'x-kubernetes-group-version-kind': 'demo01-acme.io' },
        list: { items: { allOf: [{ $ref: `#/components/schemas/${definition}` }] } },
        map: { additionalProperties: { anyOf: [{ $ref: `#/components/schemas/${definition}` }], not: { oneOf: [] } } },
        meta: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
        foreign: { $ref: '#/components/schemas/io.demo02-acme.v1.Widget' },
      },
      'x-kubernetes-group-version-kind': [{ group, kind: 'Widget', version: 'v1' }, { group: 'apps' }],
    });
    const [name, value] = rename(
      'v3',
      'definitions',
      'io.demo01-acme.v1.Widget',
      JSON.stringify(of('io.demo01-acme.v1.Part', 'demo01-acme.io')),
    );
    assert.deepEqual([name, value], ['io.acme.v1.Widget', of('io.acme.v1.Part', 'acme.io')]);
  });

  it('lose no digit', () => {
    const text = '{"properties":{"a":{"maximum":9223372036854775807,"default":1.10}}}';
    const renamed = jsonForm('v2').rename(
      'definitions',
      { name: 'io.demo01-acme.v1.A', bytes: Buffer.from(`"io.demo01-acme.v1.A":${text}`) },
      MINE,
    );
    assert.equal(renamed.bytes.toString(), `"io.acme.v1.A":${text}`);
  });
});

describe('OpenAPI documents in protobuf', () => {
  const long = 'x'.repeat(300);
  const head = Buffer.concat([field(1, '2.0'), Buffer.from([(3 << 3) | 0, 0x96, 0x01]), Buffer.from([(4 << 3) | 5, 1, 2, 3, 4])]);
  const pods = named(2, '/api/v1/pods', pathItem(operation({ reference: '#/definitions/Kept' })));

  it('keep what the kept paths lead to, byte for byte', () => {
    const input = Buffer.concat([
      head,
      field(8, Buffer.concat([field(1, 'demo02 extension'), pods, named(2, '/apis/demo02-acme.io/v1/x', '')])),
      field(
        9,
        Buffer.concat([
          named(1, 'Demo02', ''),
          named(1, 'Kept', schema({ reference: '#/definitions/Inner', text: long })),
          named(1, 'Inner', ''),
        ]),
      ),
      field(11, named(1, 'demo02', '')),
      field(12, 'security'),
    ]);
    const expected = Buffer.concat([
      head,
      field(8, pods),
      field(9, Buffer.concat([named(1, 'Kept', schema({ reference: '#/definitions/Inner', text: long })), named(1, 'Inner', '')])),
      field(11, ''),
      field(12, 'security'),
    ]);
    assert.deepEqual(keepOffered(protobufForm('v2'), input), expected);
  });

  it('have a tenant’s paths and definitions under the tenant’s names', () => {
    const form = protobufForm('v2');
    const path = (prefix: string, camel: string, group: string, definition: string): Member => ({
      name: `/apis/${prefix}acme.io/v1/widgets`,
      bytes: named(
        2,
        `/apis/${prefix}acme.io/v1/widgets`,
        pathItem(
          operation({
            tag: `${camel}_v1`,
            operationId: `list${camel[0]!.toUpperCase()}${camel.slice(1)}V1Widget`,
            reference: `#/definitions/${definition}`,
            kinds: kinds(`group: ${group}\nkind: Widget\nversion: v1\n`),
          }),
        ),
      ),
    });
    assert.deepEqual(
      form.rename('paths', path('demo01-', 'demo01AcmeIo', 'demo01-acme.io', 'io.demo01-acme.v1.Widget'), MINE),
      path('', 'acmeIo', 'acme.io', 'io.acme.v1.Widget'),
    );
    const definition = (name: string, part: string, group: string): Member => ({
      name,
      bytes: named(
        1,
        name,
        schema({
          reference: `#/definitions/${part}`,
          text: 'io.demo01-acme.v1.Widget',
          kinds: kinds(`- group: ${group}\n  kind: Widget\n  version: v1\n`),
        }),
      ),
    });
    assert.deepEqual(
      form.rename('definitions', definition('io.demo01-acme.v1.Widget', 'io.demo01-acme.v1.Part', 'demo01-acme.io'), MINE),
      definition('io.acme.v1.Widget', 'io.acme.v1.Part', 'acme.io'),
    );
  });

  it('keep other extensions, and quote a group that YAML would read as a number', () => {
    const form = protobufForm('v2');
    const of = (extension: Buffer): Member => ({
      name: 'io.demo01-acme.v1.A',
      bytes: named(1, 'io.demo01-acme.v1.A', schema({ kinds: extension })),
    });
    const other = kinds('group: demo01-acme.io\n', 'x-other');
    assert.ok(form.rename('definitions', of(other), MINE).bytes.includes('demo01-acme.io\n'));
    assert.ok(form.rename('definitions', of(kinds('group: demo01-1.5\n')), MINE).bytes.includes('group: "1.5"\n'));
    assert.ok(form.rename('definitions', of(kinds('group: "demo01-1.5"\n')), MINE).bytes.includes('group: "1.5"\n'));
    assert.ok(form.rename('definitions', of(kinds('group: demo02-acme.io\n')), MINE).bytes.includes('group: demo02-acme.io\n'));
  });

  it('find every reference', () => {
    const form = protobufForm('v2');
    assert.deepEqual(form.references('paths', { name: '', bytes: pods }), [{ collection: 'definitions', name: 'Kept' }]);
    assert.deepEqual(form.references('definitions', { name: '', bytes: named(1, 'a', schema({ reference: reference('Inner') })) }), [
      { collection: 'definitions', name: 'Inner' },
    ]);
  });

  it('throw at what is no protobuf', () => {
    for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0b], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]) {
      assert.throws(() => protobufForm('v2').takeApart(Buffer.from(bytes)), /malformed/);
    }
  });
});

describe('names of a tenant’s own groups', () => {
  it('never take the place of another definition', () => {
    const taken = createSpelling('demo01', (name) => name === 'io.k8s.api.core.v1.Pod');
    assert.equal(taken.definition('io.k8s.api.demo01-core.v1.Pod'), 'io.k8s.api.demo01-core.v1.Pod');
    assert.equal(taken.definition('io.k8s.api.demo01-core.v1.Node'), 'io.k8s.api.core.v1.Node');
  });

  const ids: [tenantId: string, tag: string, id: string, tenantTag: string, tenantId: string][] = [
    ['demo01', 'demo01AcmeIo_v1', 'listDemo01AcmeIoV1Widget', 'acmeIo_v1', 'listAcmeIoV1Widget'],
    ['9ab-cd', 'AbCdAcmeIo_v1', 'listAbCdAcmeIoV1Widget', 'acmeIo_v1', 'listAcmeIoV1Widget'],
    ['demo01', 'demo02AcmeIo_v1', 'listDemo02AcmeIoV1Widget', 'demo02AcmeIo_v1', 'listDemo02AcmeIoV1Widget'],
  ];
  for (const [tenantId, tag, id, tenantTag, tenantOperation] of ids) {
    it(`are taken off ${id} of ${tenantId}`, () => {
      const of = createSpelling(tenantId, () => false).ofPath(`/apis/${tenantId}-acme.io/v1/widgets`);
      assert.deepEqual([of.path, of.tag(tag), of.operationId(id)], ['/apis/acme.io/v1/widgets', tenantTag, tenantOperation]);
    });
  }

  it('lose the suffix that the apiserver leaves out', () => {
    const of = createSpelling('demo01', () => false).ofPath('/apis/demo01-x.k8s.io/v1beta1/widgets');
    assert.deepEqual([of.tag('demo01X_v1beta1'), of.operationId('readDemo01XV1beta1Widget')], ['x_v1beta1', 'readXV1beta1Widget']);
  });

  it('are nobody else’s', () => {
    for (const path of ['/apis/demo02-acme.io/v1/x', '/apis/apps/v1/deployments', '/api/v1/pods', '/apis/demo01-/v1']) {
      assert.equal(MINE.ofPath(path).path, path);
    }
    for (const name of ['io.demo02-acme.v1.X', 'demo01-acme', 'io.k8s.api.core.v1.Pod']) assert.equal(MINE.definition(name), name);
  });
});

function keepOffered(form: OpenApiForm, document: Buffer): Buffer {
  const { members, join } = form.takeApart(document);
  const paths = members.paths.filter(({ name }) => isOpenApiPathOffered(name, SAMPLE_TABLE));
  const kept = reachableMembers(members, paths, form);
  for (const collection of COLLECTIONS) assert.ok(kept[collection].length <= members[collection].length);
  return Buffer.concat(join(collect((collection) => [form.block(kept[collection])])));
}

import assert from 'node:assert/strict';
import { filterOpenApiV2 } from '../../../src/local/filter-openapi-v2.ts';
import { filterOpenApiV2Protobuf } from '../../../src/local/filter-openapi-v2-protobuf.ts';
import { isOpenApiPathOffered } from '../../../src/local/openapi-path-offered.ts';
import { SAMPLE_TABLE } from './sample-table.ts';

describe('OpenAPI v2, filtered', () => {
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

  it('keeps the definitions that the kept paths lead to, and no others', () => {
    const { bytes, kept } = filterOpenApiV2(Buffer.from(JSON.stringify(document)), SAMPLE_TABLE);
    const filtered = JSON.parse(bytes.toString());
    assert.deepEqual(Object.keys(filtered), Object.keys(document));
    assert.deepEqual(Object.keys(filtered.paths), ['/apis/apps/v1/deployments']);
    assert.deepEqual(Object.keys(filtered.definitions), ['io.k8s.Deployment', 'io.k8s.Patch', 'io.k8s.Spec']);
    assert.deepEqual(Object.keys(filtered.parameters), ['pretty']);
    assert.doesNotMatch(JSON.stringify(filtered).replace(/not a .*?"}/, ''), /demo02/);
    assert.deepEqual(filtered.definitions['io.k8s.Spec'], document.definitions['io.k8s.Spec']);
    assert.deepEqual([...kept.paths], ['/apis/apps/v1/deployments']);
    assert.deepEqual([...kept.definitions].sort(), ['io.k8s.Deployment', 'io.k8s.Patch', 'io.k8s.Spec']);
  });

  it('leaves a document without paths or definitions as it is', () => {
    assert.equal(filterOpenApiV2(Buffer.from('{"swagger":"2.0"}'), SAMPLE_TABLE).bytes.toString(), '{"swagger":"2.0"}');
    assert.equal(filterOpenApiV2(Buffer.from('{}'), SAMPLE_TABLE).bytes.toString(), '{}');
  });

  describe('in protobuf', () => {
    const field = (number: number, payload: Buffer | string): Buffer => {
      const bytes = Buffer.from(payload);
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
      return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
    };
    const named = (number: number, name: string, value: string): Buffer => field(number, Buffer.concat([field(1, name), field(2, value)]));
    const kept = { paths: new Set(['/kept']), definitions: new Set(['Kept']), parameters: new Set(['kept']), responses: new Set<string>() };
    const long = 'x'.repeat(300);

    it('keeps what the JSON form keeps, byte for byte', () => {
      const head = Buffer.concat([field(1, '2.0'), Buffer.from([(3 << 3) | 0, 0x96, 0x01]), Buffer.from([(4 << 3) | 5, 1, 2, 3, 4])]);
      const tail = field(12, 'security');
      const input = Buffer.concat([
        head,
        field(8, Buffer.concat([field(1, 'demo02 extension'), named(2, '/kept', long), named(2, '/demo02', 'a')])),
        field(9, Buffer.concat([named(1, 'Demo02', 'b'), named(1, 'Kept', long)])),
        field(10, Buffer.concat([named(1, 'kept', 'c'), named(1, 'demo02', 'd')])),
        field(11, named(1, 'demo02', 'e')),
        tail,
      ]);
      const expected = Buffer.concat([
        head,
        field(8, named(2, '/kept', long)),
        field(9, named(1, 'Kept', long)),
        field(10, named(1, 'kept', 'c')),
        field(11, ''),
        tail,
      ]);
      assert.deepEqual(filterOpenApiV2Protobuf(input, kept), expected);
    });

    it('throws at what is no protobuf', () => {
      for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0b], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]) {
        assert.throws(() => filterOpenApiV2Protobuf(Buffer.from(bytes), kept), /malformed/);
      }
    });
  });
});

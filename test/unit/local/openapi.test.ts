import assert from 'node:assert/strict';
import { createOpenApiHandler } from '../../../src/local/openapi.ts';
import { TenantDocuments } from '../../../src/local/tenant-documents.ts';
import { OPERATOR, serve, type TestServer } from './ask.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { SAMPLE_TABLE } from './sample-table.ts';

describe('OpenAPI', () => {
  let upstream: FakeUpstream;
  let server: TestServer;
  beforeEach(async () => {
    upstream = new FakeUpstream();
    server = await serve([createOpenApiHandler({ documents: upstream.cache(), results: new TenantDocuments(), table: SAMPLE_TABLE })]);
  });
  afterEach(() => server.close());

  const PATH = '/openapi/v3/apis/apps/v1';

  it('has an index of what tenants are offered, with hashes of what they get', async () => {
    const { json, text, headers } = await server.ask('/openapi/v3');
    const index = JSON.parse(text) as { paths: Record<string, unknown> };
    assert.equal(json, undefined);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.deepEqual(Object.keys(index.paths), ['api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1', 'version']);
    const { etag } = (await server.ask(PATH)).headers;
    upstream.documents.set('/openapi/v3', { paths: { 'apis/apps/v1': { serverRelativeURL: `${PATH}?hash=${upstream.etagOf(PATH)}` } } });
    const { paths } = JSON.parse((await server.ask('/openapi/v3')).text);
    assert.deepEqual(paths, { 'apis/apps/v1': { serverRelativeURL: `${PATH}?hash=${etag!.replaceAll('"', '')}` } });
  });

  it('passes a document on, and its ETag', async () => {
    const { json, headers } = await server.ask(PATH);
    assert.deepEqual(json, { openapi: '3.0.0' });
    assert.deepEqual([headers['cache-control'], headers.vary], ['no-cache, private', 'Accept']);
    const again = await server.ask({ path: PATH, headers: { 'if-none-match': headers.etag! } });
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  it('lets a document with its hash be kept, and sends on from an old hash', async () => {
    const { headers } = await server.ask(PATH);
    const hash = headers.etag!.replaceAll('"', '');
    const right = await server.ask(`${PATH}?hash=${hash}&timeout=32s`);
    assert.deepEqual([right.status, right.headers['cache-control']], [200, 'public, immutable']);
    assert.ok(Date.parse(right.headers.expires!) > Date.now() + 300 * 24 * 3600 * 1000);
    const old = await server.ask(`${PATH}?hash=00`);
    assert.deepEqual([old.status, old.headers.location], [301, `${PATH}?hash=${hash}`]);
  });

  it('has protobuf where it is asked for', async () => {
    // Field 1: openapi.
    const document = Buffer.from('\n\x053.0.0');
    upstream.documents.set(`${PATH} protobuf`, document);
    for (const spelling of ['v3.v1.0', 'v3@v1.0']) {
      const accept = `application/com.github.proto-openapi.spec.${spelling}+protobuf`;
      const { text, headers } = await server.ask({ path: PATH, headers: { accept } });
      assert.deepEqual(
        [text, headers['content-type']],
        [document.toString(), 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
      );
    }
    const { status, text } = await server.ask({ path: PATH, headers: { accept: 'application/yaml' } });
    assert.deepEqual([status, text], [406, '']);
  });

  it('does not know what tenants are not offered, and does not ask upstream for it', async () => {
    const paths = ['certificates.k8s.io/v1', 'certificates.k8s.io', 'demo02-acme.io/v1', 'apps/v1/x', 'apps/v9', '../../metrics', ''].map(
      (path) => `apis/${path}`,
    );
    for (const path of [...paths, '.well-known/openid-configuration', 'openid/v1/jwks', 'api/v2', '']) {
      assert.equal((await server.ask(`/openapi/v3/${path}`)).status, 404, path);
    }
    for (const path of ['/openapi', '/openapi/', '/openapi/v4', '/openapi/v3x']) assert.equal((await server.ask(path)).status, 404, path);
    assert.ok(upstream.asked.every((path) => path === '/openapi/v3'));
  });

  it('filters v2, in JSON and in protobuf', async () => {
    const { json, headers } = await server.ask('/openapi/v2');
    assert.deepEqual(Object.keys(json.paths), ['/api/v1/pods']);
    assert.equal((await server.ask({ path: '/openapi/v2', headers: { 'if-none-match': headers.etag! } })).status, 304);

    const field = (number: number, payload: Buffer): Buffer => Buffer.concat([Buffer.from([number * 8 + 2, payload.length]), payload]);
    const path = (name: string): Buffer => field(2, field(1, Buffer.from(name)));
    upstream.documents.set(
      '/openapi/v2 protobuf',
      field(8, Buffer.concat([path('/apis/demo02-acme.io/v1/widgets'), path('/api/v1/pods')])),
    );
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const binary = await server.ask({ path: '/openapi/v2', headers: { accept } });
    assert.equal(binary.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    assert.equal(binary.text, field(8, path('/api/v1/pods')).toString());
  });

  it('is for tenants, and read-only', async () => {
    assert.equal((await server.ask({ path: '/openapi/v3', identity: OPERATOR })).status, 404);
    assert.equal((await server.ask({ path: '/openapi/v3', method: 'POST' })).status, 405);
  });
});

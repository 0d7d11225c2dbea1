import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { encodeObject } from '../../../src/translate/protobuf/encode-object.ts';
import { readProtobuf } from '../../helpers/protobuf-text.ts';
import { FakeApiserver, status } from './support/fake-apiserver.ts';
import { CLASSES, NAMESPACES, PODS, WIDGETS } from './support/fake-kinds.ts';
import { type Gateway, PARTIAL_LIST, PROTOBUF, startGateway, TABLE } from './support/gateway.ts';
import { getPage, listInProtobuf, placesIn } from './support/pages.ts';
import { inNamespace, owned } from './support/tenants.ts';
import { settle, until } from './support/until.ts';

const MEBIBYTE = 1024 * 1024;

describe('answers to lists', () => {
  let apiserver: FakeApiserver;
  let gateway: Gateway;

  const put = (place: string, tenantId = 'demo01', size = 0): void => {
    const { metadata } = inNamespace(tenantId, place);
    apiserver.put(PODS, { metadata: { ...metadata, annotations: { filler: 'x'.repeat(size) } } });
  };

  beforeEach(async () => {
    apiserver = new FakeApiserver();
    gateway = await startGateway(apiserver);
    for (const tenantId of ['demo00', 'demo01', 'demo02']) {
      apiserver.put(NAMESPACES, owned(tenantId, 'web'));
      for (const name of ['a', 'b', 'c']) put(`web/${name}`, tenantId);
    }
  });
  afterEach(() => gateway.close());

  describe('in every form', () => {
    it('JSON, as upstream writes it', async () => {
      const { text, headers, json } = await gateway.get('/api/v1/pods?limit=2');
      assert.match(text, /^\{"kind":"PodList","apiVersion":"v1","metadata":\{"resourceVersion":"112","continue":"[\w-]+"\},"items":\[/);
      assert.ok(text.endsWith(']}\n'));
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['cache-control'], 'no-cache, private');
      assert.equal(Number(headers['content-length']), Buffer.byteLength(text));
      assert.equal(json.metadata.remainingItemCount, undefined);
    });

    it('metadata alone', async () => {
      const { json } = await gateway.get('/api/v1/pods', { accept: PARTIAL_LIST });
      assert.deepEqual(
        [json.kind, json.apiVersion, placesIn(json)],
        ['PartialObjectMetadataList', 'meta.k8s.io/v1', ['web/a', 'web/b', 'web/c']],
      );
    });

    it('protobuf, in pages and metadata alone', async () => {
      const seen: string[] = [];
      let token = '';
      do {
        const message = await gateway.open(`/api/v1/pods?limit=2&continue=${token}`, { accept: PROTOBUF });
        assert.equal(message.headers['content-type'], PROTOBUF);
        const body = await buffer(message);
        assert.ok(!body.includes('demo0'));
        const page = listInProtobuf(body);
        assert.equal(page.resourceVersion, '112');
        seen.push(...page.places);
        token = page.continueToken ?? '';
      } while (token !== '');
      assert.deepEqual(seen, ['web/a', 'web/b', 'web/c']);
      const message = await gateway.open('/api/v1/pods', { accept: `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1` });
      const list = readProtobuf(await buffer(message));
      assert.deepEqual([list.kind, list.apiVersion, (list.items as object[]).length], ['PartialObjectMetadataList', 'meta.k8s.io/v1', 3]);
    });

    it('of nothing', async () => {
      const nobody = { tenantId: 'demo03' };
      assert.equal(
        (await gateway.get('/api/v1/pods', nobody)).text,
        '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"112"},"items":[]}\n',
      );
      const { json } = await gateway.get(WIDGETS, nobody);
      assert.deepEqual([json.kind, json.items], ['WidgetList', []]);
      const message = await gateway.open('/api/v1/pods', { ...nobody, accept: PROTOBUF });
      assert.deepEqual(listInProtobuf(await buffer(message)), { places: [], resourceVersion: '112', continueToken: '' });
    });

    it('whatever the chunks in which upstream sends it', async () => {
      const forms = ['application/json', TABLE, PARTIAL_LIST, PROTOBUF];
      const whole = await Promise.all(forms.map(async (accept) => buffer(await gateway.open('/api/v1/pods', { accept }))));
      for (const chunkBytes of [1, 7, 100]) {
        apiserver.chunkBytes = chunkBytes;
        for (const [index, accept] of forms.entries()) {
          assert.deepEqual(await buffer(await gateway.open('/api/v1/pods', { accept })), whole[index], `${accept} by ${chunkBytes}`);
        }
      }
    });
  });

  describe('that are large', () => {
    it('stream through in JSON, with the same items and their metadata behind', async () => {
      for (let index = 100; index < 140; index++) put(`web/n${index}`, 'demo01', 40_000);
      for (const accept of ['application/json', TABLE, PARTIAL_LIST]) {
        const { text, json, headers } = await gateway.get('/api/v1/pods?limit=35', { accept });
        assert.ok(accept !== 'application/json' || Buffer.byteLength(text) > MEBIBYTE);
        assert.equal(headers['content-length'], undefined);
        assert.equal(placesIn(json).length, 35);
        assert.equal(Object.keys(json).at(-1), 'metadata');
        assert.ok(json.kind && json.apiVersion);
        if (accept === TABLE) assert.equal(json.columnDefinitions[0].name, 'Name');
        const rest = await gateway.get(`/api/v1/pods?continue=${json.metadata.continue}`, { accept });
        assert.equal(new Set([...placesIn(json), ...placesIn(rest.json)]).size, 43);
      }
    });

    it('are refused where upstream is not as fresh as the client wants, as small ones are', async () => {
      for (let index = 100; index < 140; index++) put(`web/n${index}`, 'demo01', 40_000);
      const { status: code } = await gateway.get('/api/v1/pods?resourceVersion=999999');
      assert.equal(code, 504);
    });

    it('stop reading upstream while the client does not read, and when it leaves', async () => {
      for (let index = 100; index < 160; index++) put(`web/n${index}`, 'demo01', MEBIBYTE / 2);
      const message = await gateway.open('/api/v1/pods');
      message.pause();
      let before = -1;
      await until(() => {
        const isStill = before === apiserver.bytesRead;
        before = apiserver.bytesRead;
        return isStill && before > MEBIBYTE;
      });
      await settle(100);
      const { bytesRead } = apiserver;
      assert.ok(bytesRead < 15 * MEBIBYTE, `${bytesRead} of 30 MiB`);
      assert.equal(apiserver.openBodies.size, 1);
      message.destroy();
      await until(() => apiserver.openBodies.size === 0);
      assert.ok(apiserver.bytesRead < 15 * MEBIBYTE);
    });

    it('end the reading of all namespaces when the client leaves', async () => {
      for (let space = 10; space < 20; space++) {
        apiserver.put(NAMESPACES, owned('demo01', `n${space}`));
        for (let index = 0; index < 6; index++) put(`n${space}/x${index}`, 'demo01', MEBIBYTE / 2);
      }
      const message = await gateway.open('/api/v1/pods?labelSelector=!none');
      message.pause();
      await until(() => apiserver.openBodies.size > 1);
      message.destroy();
      await until(() => apiserver.openBodies.size === 0);
      assert.ok(apiserver.asked.length < 12);
    });

    it('in protobuf are JSON, or to be asked for again, where other lists are held already; what is held is given back', async () => {
      const others = 64 * MEBIBYTE;
      assert.equal(gateway.held.take('demo01', others), true);
      const refused = await gateway.get('/api/v1/pods', { accept: PROTOBUF });
      assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1']);
      const { headers, json } = await gateway.get('/api/v1/pods', { accept: `${PROTOBUF},application/json` });
      assert.deepEqual([headers['content-type'], placesIn(json)], ['application/json', ['web/a', 'web/b', 'web/c']]);
      const ofAnother = await gateway.open('/api/v1/pods', { accept: PROTOBUF, tenantId: 'demo02' });
      assert.equal(listInProtobuf(await buffer(ofAnother)).places.length, 3);
      gateway.held.giveBack('demo01', others);
      assert.equal((await gateway.get('/api/v1/pods', { accept: PROTOBUF })).status, 200);
      await until(() => gateway.held.total === 0);
    });

    it('in protobuf are given as JSON where the client takes that, and refused where not', async function () {
      this.timeout(120_000);
      for (let index = 1; index <= 5; index++) put(`web/n${index}`, 'demo01', 15 * MEBIBYTE);
      const refused = await gateway.get('/api/v1/pods', { accept: PROTOBUF });
      assert.equal(refused.status, 413);
      assert.match(refused.text, /Status[\s\S]*RequestEntityTooLarge/);
      const { status: code, json } = await gateway.get('/api/v1/pods', { accept: `${PROTOBUF},application/json` });
      assert.equal(code, 200);
      assert.equal(placesIn(json).length, 8);
    });
  });

  describe('that upstream cannot give', () => {
    it('any more: a cursor that is too old leads to one that goes on at the latest revision', async () => {
      for (const query of ['', '&labelSelector=!none']) {
        const first = await getPage(gateway, `/api/v1/pods?limit=1${query}`);
        apiserver.compacted = apiserver.pass();
        const { status: code, json } = await gateway.get(`/api/v1/pods?limit=1&continue=${first.continueToken}${query}`);
        assert.deepEqual([code, json.reason, json.code], [410, 'Expired', 410]);
        assert.match(json.message, /^The provided continue parameter is too old/);
        put('web/bb');
        const rest = await getPage(gateway, `/api/v1/pods?limit=2&continue=${json.metadata.continue}${query}`);
        assert.deepEqual(rest.places, ['web/b', 'web/bb']);
        assert.equal(rest.resourceVersion, String(apiserver.revision));
        const last = await getPage(gateway, `/api/v1/pods?limit=2&continue=${rest.continueToken}${query}`);
        assert.deepEqual([last.places, last.resourceVersion], [['web/c'], rest.resourceVersion]);
        apiserver.delete(PODS, inNamespace('demo01', 'web/bb'));
      }
    });

    it('any more: a cursor among the shared classes', async () => {
      apiserver.put(CLASSES, { metadata: { name: 'fast', labels: { 'kubezoo.io/shared': 'true' } } });
      gateway.sharedClasses.add('fast');
      apiserver.put(CLASSES, owned('demo01', 'a'));
      const { continueToken } = await getPage(gateway, `${CLASSES}?limit=1`);
      apiserver.compacted = apiserver.pass();
      const { status: code, json } = await gateway.get(`${CLASSES}?limit=1&continue=${continueToken}`);
      assert.equal(code, 410);
      assert.deepEqual((await getPage(gateway, `${CLASSES}?limit=1&continue=${json.metadata.continue}`)).places, ['fast']);
    });

    it('any more: a revision, in its own words', async () => {
      apiserver.compacted = apiserver.revision;
      const { status: code, json } = await gateway.get('/api/v1/pods?resourceVersion=101&resourceVersionMatch=Exact');
      assert.deepEqual([code, json.message, json.metadata], [410, 'The resourceVersion for the provided list is too old.', {}]);
    });

    it('as it says itself, in the tenant’s names: in JSON, protobuf and plain text', async () => {
      const message = 'pods is forbidden: "kubezoo:demo01:alice" cannot list in "demo01-web"';
      apiserver.refuse = () => ({
        ...status(403, 'Forbidden', message),
        headers: { 'content-type': 'application/json', 'retry-after': '7' },
      });
      const json = await gateway.get('/api/v1/pods');
      assert.deepEqual(
        [json.status, json.json.message, json.headers['retry-after']],
        [403, 'pods is forbidden: "alice" cannot list in "web"', '7'],
      );

      const object = { kind: 'Status', apiVersion: 'v1', message, code: 403 };
      apiserver.refuse = () => ({ status: 403, headers: { 'content-type': PROTOBUF }, body: encodeObject(object) });
      const answer = await gateway.open('/api/v1/pods', { accept: PROTOBUF });
      assert.equal(answer.statusCode, 403);
      assert.equal(readProtobuf(await buffer(answer)).message, 'pods is forbidden: "alice" cannot list in "web"');

      apiserver.refuse = () => ({
        status: 429,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: Buffer.from('too many in demo01-web'),
      });
      const text = await gateway.get('/api/v1/pods');
      assert.deepEqual([text.status, text.text], [429, 'too many in web']);
    });

    it('because the gateway itself is refused, as by an apiserver that has just started: 503, and nothing of the gateway’s is told', async () => {
      const own = 'users "kubezoo:demo01:alice" is forbidden: User "kubezoo-gateway" cannot impersonate resource "users" in API group ""';
      for (const [code, reason, message, path] of [
        [403, 'Forbidden', own, '/api/v1/pods'],
        [401, 'Unauthorized', 'Unauthorized', '/api/v1/pods'],
        // Namespaces are asked for as the gateway.
        [
          403,
          'Forbidden',
          'namespaces is forbidden: User "kubezoo-gateway" cannot list resource "namespaces"',
          '/api/v1/pods?labelSelector=!none',
        ],
      ] as const) {
        apiserver.refuse = () => status(code, reason, message);
        const answer = await gateway.get(path);
        assert.deepEqual([answer.status, answer.json.reason], [503, 'ServiceUnavailable'], path);
        assert.equal(answer.headers['retry-after'], '1');
        assert.doesNotMatch(answer.text, /kubezoo|impersonate/);
      }
    });

    it('because the tenant may not: nothing is read, and the refusal is upstream’s own', async () => {
      gateway.isAllowed = false;
      apiserver.refuse = () => status(403, 'Forbidden', 'pods is forbidden: User "kubezoo:demo01:alice" cannot list resource "pods"');
      const { status: code, json } = await gateway.get('/api/v1/pods');
      assert.deepEqual([code, json.message], [403, 'pods is forbidden: User "alice" cannot list resource "pods"']);
      assert.equal(apiserver.asked.length, 1);
      assert.deepEqual(apiserver.asked[0]!.headers!['impersonate-user'], ['kubezoo:demo01:alice']);
    });

    it('because it breaks off: small ones are an error, large ones are cut', async () => {
      apiserver.refuse = () => ({
        status: 200,
        headers: {},
        body: Buffer.from('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":['),
      });
      assert.equal((await gateway.get('/api/v1/pods')).status, 500);
      const item = JSON.stringify(inNamespace('demo01', 'web/a')).replace('"}', `","x":"${' '.repeat(MEBIBYTE)}"}`);
      apiserver.refuse = () => ({
        status: 200,
        headers: {},
        body: Buffer.from(`{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[${item},`),
      });
      await assert.rejects(gateway.get('/api/v1/pods'), /aborted/);
    });
  });

  it('refuse cursors that are not the gateway’s, or not for that', async () => {
    const { continueToken } = await getPage(gateway, '/api/v1/pods?limit=1');
    const upstreams = Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"demo02-"}').toString('base64url');
    apiserver.asked.length = 0;
    for (const [path, tenantId] of [
      [`/api/v1/pods?continue=${upstreams}`, 'demo01'],
      [`/api/v1/pods?continue=${continueToken}`, 'demo02'],
      [`/api/v1/secrets?continue=${continueToken}`, 'demo01'],
    ] as const) {
      const { status: code, json } = await gateway.get(path, { tenantId });
      assert.deepEqual([code, json.reason], [400, 'BadRequest']);
    }
    assert.equal(apiserver.asked.length, 0);
  });

  it('pass on upstream’s warnings', async () => {
    const { stream } = apiserver;
    apiserver.stream = async (request) => ({
      ...(await stream.call(apiserver, request)),
      headers: { warning: '299 - "v1 is old in demo01-web"' },
    });
    for (const path of ['/api/v1/pods', '/api/v1/pods?labelSelector=!none']) {
      assert.equal((await gateway.get(path)).headers.warning, '299 - "v1 is old in web"');
    }
  });
});

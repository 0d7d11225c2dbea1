import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { createHiddenHandler } from '../../../src/local/hidden.ts';
import { readFrames, readProtobuf } from '../../helpers/protobuf-text.ts';
import { type Answer, OPERATOR, serve, type TestServer } from './ask.ts';
import { SAMPLE_TABLE } from './sample-table.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

describe('hidden kinds', () => {
  let server: TestServer;
  before(async () => {
    server = await serve([createHiddenHandler({ table: SAMPLE_TABLE })]);
  });
  after(() => server.close());

  const ask = (path: string, accept = 'application/json', method = 'GET'): Promise<Answer> =>
    server.ask({ path, method, headers: { accept } });

  it('are an empty list', async () => {
    const { status, json } = await ask('/api/v1/nodes');
    assert.equal(status, 200);
    assert.deepEqual(json, { kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] });
  });

  it('are an empty list in a namespace and in all of them', async () => {
    for (const path of ['/apis/storage.k8s.io/v1/csistoragecapacities', '/apis/storage.k8s.io/v1/namespaces/a/csistoragecapacities']) {
      const { json } = await ask(path);
      assert.deepEqual([json.kind, json.apiVersion, json.items], ['CSIStorageCapacityList', 'storage.k8s.io/v1', []]);
    }
  });

  it('are an empty Table and PartialObjectMetadataList', async () => {
    const table = await ask('/api/v1/nodes', TABLE);
    assert.deepEqual([table.json.kind, table.json.rows], ['Table', []]);
    assert.deepEqual(
      table.json.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Age'],
    );
    const partial = await ask('/api/v1/nodes', PARTIAL_LIST);
    assert.deepEqual([partial.json.kind, partial.json.items], ['PartialObjectMetadataList', []]);
  });

  it('are empty lists in protobuf, too, but no Table', async () => {
    for (const [accept, kind] of [
      [PROTOBUF, 'NodeList'],
      [`${PROTOBUF},application/json`, 'NodeList'],
      [`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`, 'PartialObjectMetadataList'],
    ] as const) {
      const message = await server.open({ path: '/api/v1/nodes', headers: { accept } });
      assert.equal(message.headers['content-type'], PROTOBUF);
      const list = readProtobuf(await buffer(message));
      assert.deepEqual([list.kind, list.metadata, list.items], [kind, { resourceVersion: '1' }, undefined]);
    }
    const table = `${PROTOBUF};as=Table;g=meta.k8s.io;v=v1`;
    assert.equal((await ask('/api/v1/nodes', table)).status, 406);
    assert.equal((await ask('/api/v1/nodes', `${table},application/json`)).json.kind, 'NodeList');
    assert.equal((await ask('/api/v1/nodes', PARTIAL)).status, 406);
  });

  it('are watched in protobuf, too', async () => {
    const path = '/api/v1/nodes?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const message = await server.open({ path, headers: { accept: PROTOBUF } });
    assert.equal(message.headers['content-type'], `${PROTOBUF};stream=watch`);
    const { frames, rest } = readFrames(await buffer(message));
    assert.equal(rest.length, 0);
    assert.deepEqual(
      frames.map(({ type, object }) => [type, object.kind]),
      [['BOOKMARK', 'Node']],
    );
  });

  it('are not found by name, as the apiserver words it', async () => {
    const { status, json } = await ask('/api/v1/nodes/x');
    assert.equal(status, 404);
    assert.deepEqual([json.message, json.details], ['nodes "x" not found', { name: 'x', kind: 'nodes' }]);
    const other = await ask('/apis/storage.k8s.io/v1/namespaces/a/csistoragecapacities/x');
    assert.equal(other.json.message, 'csistoragecapacities.storage.k8s.io "x" not found');
    assert.deepEqual(other.json.details, { name: 'x', group: 'storage.k8s.io', kind: 'csistoragecapacities' });
    assert.equal((await ask('/api/v1/nodes/x/status')).json.message, 'nodes "x" not found');
  });

  it('cannot be written, and the reason is said', async () => {
    const writes: [string, string][] = [
      ['POST', '/api/v1/nodes'],
      ['PUT', '/api/v1/nodes/x'],
      ['PATCH', '/api/v1/nodes/x'],
      ['DELETE', '/api/v1/nodes/x'],
      ['DELETE', '/api/v1/nodes'],
      ['PATCH', '/api/v1/nodes/x/status'],
    ];
    for (const [method, path] of writes) {
      const { status, json } = await ask(path, undefined, method);
      assert.deepEqual([status, json.reason], [403, 'Forbidden'], `${method} ${path}`);
      assert.match(json.message, /^nodes (?:"x" )?is forbidden: nodes belong to the platform$/);
    }
    assert.match((await ask('/api/v1/nodes/x/proxy', undefined, 'POST')).json.message, /a door to every pod$/);
  });

  it('are no other paths and no other kinds', async () => {
    const paths = [
      '/api/v1/namespaces/a/nodes',
      '/api/v1/nodes/x/nosub',
      '/api/v1/nodes/x/constructor',
      '/api/v1/pods',
      '/apis/storage.k8s.io/v1/csistoragecapacities/x',
      '/api/v2/nodes',
    ];
    for (const path of paths) assert.equal((await ask(path)).json.message, 'the server could not find the requested resource', path);
    assert.equal((await server.ask({ path: '/api/v1/nodes', identity: OPERATOR })).status, 404);
    assert.equal((await ask('/api/v1/nodes', undefined, 'HEAD')).status, 405);
  });

  describe('options of a list', () => {
    const refused: Record<string, [number, RegExp]> = {
      'timeoutSeconds=x': [400, /^strconv.ParseInt: parsing "x": invalid syntax$/],
      'watch=1&timeoutSeconds=': [400, /parsing "": invalid syntax/],
      'timeoutSeconds=9223372036854775808': [400, /value out of range/],
      'limit=x': [400, /invalid syntax/],
      'resourceVersion=abc': [400, /^invalid resource version: resourceVersion: Invalid value: "abc"/],
      'sendInitialEvents=true': [
        422,
        /^ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list$/,
      ],
      'watch=1&sendInitialEvents=true': [422, /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan$/],
      'watch=1&resourceVersionMatch=Exact': [
        422,
        /is invalid: \[resourceVersionMatch: Forbidden: .*, resourceVersionMatch: Unsupported value: "Exact"/,
      ],
      'resourceVersionMatch=Exact': [422, /forbidden unless resourceVersion is provided$/],
      'resourceVersionMatch=Foo&resourceVersion=1': [422, /supported values: "Exact", "NotOlderThan", ""$/],
    };
    for (const [query, [code, message]] of Object.entries(refused)) {
      it(`refuses ${query}`, async () => {
        const { status, json } = await ask(`/api/v1/nodes?${query}`);
        assert.equal(status, code);
        assert.match(json.message, message);
      });
    }

    for (const query of [
      'watch=0',
      'watch=false',
      'timeoutSeconds=-1',
      'limit=500&resourceVersion=0',
      'resourceVersionMatch=Exact&resourceVersion=9',
    ]) {
      it(`takes ${query}`, async () => assert.equal((await ask(`/api/v1/nodes?${query}`)).json.kind, 'NodeList'));
    }
  });

  describe('watch', () => {
    it('is silent until its time is over', async () => {
      const started = Date.now();
      const { status, text, headers } = await ask('/api/v1/nodes?watch=true&timeoutSeconds=1&resourceVersion=1&allowWatchBookmarks=true');
      assert.deepEqual([status, text, headers['content-type']], [200, '', 'application/json']);
      assert.ok(Date.now() - started >= 990);
    });

    const initial = 'watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const firstLine = async (query: string, accept: string): Promise<unknown> => {
      const message = await server.open({ path: `/api/v1/nodes?${query}`, headers: { accept } });
      for await (const line of createInterface(message)) {
        message.destroy();
        return JSON.parse(line);
      }
      return undefined;
    };

    it('ends its initial events with a bookmark, in each form', async () => {
      assert.deepEqual(await firstLine(initial, 'application/json;stream=watch'), {
        type: 'BOOKMARK',
        object: { kind: 'Node', apiVersion: 'v1', metadata: { resourceVersion: '1', annotations } },
      });
      const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '1', annotations } };
      assert.deepEqual(await firstLine(initial, PARTIAL), { type: 'BOOKMARK', object: partial });
      const { object } = (await firstLine(initial, TABLE)) as { object: { kind: string; rows: { object: unknown }[] } };
      assert.deepEqual([object.kind, object.rows[0]?.object], ['Table', partial]);
    });

    it('does not send a client back in time', async () => {
      const { object } = (await firstLine(`${initial}&resourceVersion=4711`, 'application/json')) as { object: { metadata: object } };
      assert.deepEqual(object.metadata, { resourceVersion: '4711', annotations });
    });

    it('sends no bookmark that was not asked for', async () => {
      assert.equal(await firstLine(initial.replace('&allowWatchBookmarks=true', ''), 'application/json'), undefined);
    });

    it('ends when the server goes', async () => {
      const other = await serve([createHiddenHandler({ table: SAMPLE_TABLE })]);
      const message = await other.open({ path: '/api/v1/nodes?watch=1' });
      const closing = other.close();
      for await (const _ of message) assert.fail('nothing was to come');
      await closing;
    });
  });
});

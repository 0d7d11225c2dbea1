import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { openExchange } from '../helpers/open-exchange.ts';
import { type ReadFrame, readFrames, readProtobuf, toProtobuf } from '../helpers/protobuf-text.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { As, Stack } from '../helpers/stack.ts';
import { withoutZeroes } from '../unit/translate/protobuf/without-zeroes.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const TENANTS = ['demo01', 'demo02'] as const;
const PREFIX = /demo0[12]-/;

type Json = { [key: string]: unknown };

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Buffer;
}

describe('clients that speak protobuf', () => {
  const namespace = 'protobuf-clients';
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  let stack: Stack;

  async function ask(as: As, method: string, path: string, object?: Json, accept = PROTOBUF): Promise<Reply> {
    const body = object && toProtobuf(object);
    const exchange = openExchange(readKubeconfig(stack.kubeconfig(as)), path, {
      method,
      // Node itself tells no length of a DELETE's body.
      headers: { accept, ...(body && { 'content-type': PROTOBUF, 'content-length': String(body.length) }) },
      ...(body && { body }),
    });
    const response = await exchange.response;
    const bytes = await buffer(response);
    const reply = { status: response.statusCode!, contentType: response.headers['content-type'] ?? '', bytes };
    if (as !== 'upstream') assert.doesNotMatch(bytes.toString('latin1'), PREFIX, `${method} ${path}: no upstream prefix in any byte`);
    return reply;
  }

  async function must(as: As, method: string, path: string, object?: Json): Promise<Json> {
    const { status, bytes, contentType } = await ask(as, method, path, object);
    assert.equal(contentType, PROTOBUF, bytes.toString('latin1'));
    const shown = readProtobuf(bytes);
    assert.ok(status < 300, `${method} ${path}: ${JSON.stringify(shown)}`);
    return shown;
  }

  const configMap = (name: string, data: Json = { a: 'b' }): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  const namesOf = (list: Json) => ((list.items ?? []) as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

  before(async () => {
    stack = await sharedStack();
    for (const tenant of TENANTS) {
      const shown = await must({ tenant }, 'POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
      assert.equal((shown.metadata as Json).name, namespace);
      await stack.mustKubectl(['-n', namespace, 'wait', '--for=create', 'configmap/kube-root-ca.crt'], { tenant });
    }
  });

  after(async () => {
    for (const tenant of TENANTS) await ask({ tenant }, 'DELETE', `/api/v1/namespaces/${namespace}`);
  });

  it('put the tenant’s label on, and never see it', async () => {
    const upstream = readProtobuf((await ask('upstream', 'GET', `/api/v1/namespaces/demo01-${namespace}`)).bytes);
    const { labels } = upstream.metadata as { labels: Json };
    assert.deepEqual(Object.values(labels).toSorted(), ['demo01', `demo01-${namespace}`]);
    const shown = await must({ tenant: 'demo01' }, 'GET', `/api/v1/namespaces/${namespace}`);
    assert.deepEqual((shown.metadata as Json).labels, { 'kubernetes.io/metadata.name': namespace });
  });

  it('create, read, update and delete', async () => {
    for (const tenant of TENANTS) {
      const created = await must({ tenant }, 'POST', configMaps, configMap('life', { of: tenant }));
      const { resourceVersion } = created.metadata as { resourceVersion: string };
      assert.equal((created.metadata as Json).namespace, namespace);
      const update = { ...configMap('life', { of: tenant, more: 'x' }), metadata: { name: 'life', namespace, resourceVersion } };
      await must({ tenant }, 'PUT', `${configMaps}/life`, update);
      const shown = await must({ tenant }, 'GET', `${configMaps}/life`);
      assert.deepEqual(shown.data, { of: tenant, more: 'x' });
    }
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground', preconditions: { uid: 'wrong' } };
    assert.equal((await ask({ tenant: 'demo01' }, 'DELETE', `${configMaps}/life`, options)).status, 409);
    await must({ tenant: 'demo01' }, 'DELETE', `${configMaps}/life`, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 });
    assert.equal((await ask({ tenant: 'demo01' }, 'GET', `${configMaps}/life`)).status, 404);
    assert.equal((await must({ tenant: 'demo02' }, 'GET', `${configMaps}/life`)).kind, 'ConfigMap');
    await must({ tenant: 'demo02' }, 'DELETE', configMaps, { apiVersion: 'v1', kind: 'DeleteOptions' });
  });

  it('see of an object what upstream’s own bytes say', async () => {
    const deployment: Json = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'same', annotations: { note: 'plain' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    };
    const path = (ns: string) => `/apis/apps/v1/namespaces/${ns}/deployments`;
    await must({ tenant: 'demo01' }, 'POST', path(namespace), deployment);
    const isObserved = async () => {
      const { status } = await must({ tenant: 'demo01' }, 'GET', `${path(namespace)}/same`);
      return (status as Json).observedGeneration === 1 && Array.isArray((status as Json).conditions);
    };
    await waitUntil('the deployment to be observed', isObserved, { timeoutMs: 20_000 });
    const shown = await must({ tenant: 'demo01' }, 'GET', `${path(namespace)}/same`);
    const upstream = readProtobuf((await ask('upstream', 'GET', `${path(`demo01-${namespace}`)}/same`)).bytes);
    const expected = JSON.parse(JSON.stringify(upstream).replaceAll(`"demo01-${namespace}"`, `"${namespace}"`));
    assert.deepEqual(withoutZeroes(shown), withoutZeroes(expected));
    const json = await stack.mustKubectl(['-n', namespace, 'get', 'deployment', 'same', '-o', 'json', '--show-managed-fields'], {
      tenant: 'demo01',
    });
    assert.deepEqual(withoutZeroes(JSON.parse(json)), withoutZeroes(shown));
    await ask({ tenant: 'demo01' }, 'DELETE', `${path(namespace)}/same`);
  });

  it('list, page by page, in one namespace and in all', async () => {
    const big = 'x'.repeat(120_000);
    for (const tenant of TENANTS) {
      for (const name of ['list-a', 'list-b', 'list-c']) await must({ tenant }, 'POST', configMaps, configMap(name, { big, of: tenant }));
    }
    for (const tenant of TENANTS) {
      // More than what is held to tell its exact length.
      const whole = await must({ tenant }, 'GET', configMaps);
      assert.deepEqual(namesOf(whole), ['kube-root-ca.crt', 'list-a', 'list-b', 'list-c']);
      for (const { data } of (whole.items as { data: Json }[]).slice(1)) assert.deepEqual(data, { big, of: tenant });
      const first = await must({ tenant }, 'GET', `${configMaps}?limit=2`);
      const { continue: next } = first.metadata as { continue: string };
      const second = await must({ tenant }, 'GET', `${configMaps}?limit=2&continue=${encodeURIComponent(next)}`);
      assert.deepEqual([...namesOf(first), ...namesOf(second)], namesOf(whole));
      const everywhere = await must({ tenant }, 'GET', '/api/v1/configmaps');
      const own = (everywhere.items as { data: Json; metadata: Json }[]).filter(({ metadata }) => metadata.namespace === namespace);
      assert.deepEqual(
        own.map(({ metadata }) => metadata.name),
        namesOf(whole),
      );
      assert.ok(own.slice(1).every(({ data }) => data.of === tenant));
    }
  });

  it('list metadata, and hear of errors, in protobuf', async () => {
    const accept = `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
    const list = readProtobuf((await ask({ tenant: 'demo01' }, 'GET', '/api/v1/namespaces', undefined, accept)).bytes);
    assert.equal(list.kind, 'PartialObjectMetadataList');
    assert.ok(namesOf(list).includes(namespace) && namesOf(list).includes('kube-system'));
    const missing = await ask({ tenant: 'demo01' }, 'GET', '/api/v1/namespaces/nowhere');
    assert.deepEqual([missing.status, missing.contentType], [404, PROTOBUF]);
    const status = readProtobuf(missing.bytes);
    assert.equal(status.message, 'namespaces "nowhere" not found');
    assert.equal((status.details as Json).name, 'nowhere');
  });

  it('are told what upstream tells them of Tables', async () => {
    const table = `${PROTOBUF};as=Table;g=meta.k8s.io;v=v1`;
    for (const accept of [table, `${table},application/json`, `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`, 'text/html']) {
      const shown = await ask({ tenant: 'demo01' }, 'GET', configMaps, undefined, accept);
      const upstream = await ask('upstream', 'GET', `/api/v1/namespaces/demo01-${namespace}/configmaps`, undefined, accept);
      assert.deepEqual([shown.status, shown.contentType], [upstream.status, upstream.contentType], accept);
    }
  });

  it('watch, and each tenant hears of its own', async () => {
    const watches = await Promise.all(TENANTS.map((tenant) => openProtobufWatch(stack, { tenant }, '/api/v1/configmaps?watch=1')));
    const [first, second] = watches as [ProtobufWatch, ProtobufWatch];
    await must({ tenant: 'demo01' }, 'POST', configMaps, configMap('watched', { of: 'demo01' }));
    await must({ tenant: 'demo02' }, 'POST', configMaps, configMap('watched', { of: 'demo02' }));
    await must({ tenant: 'demo01' }, 'DELETE', `${configMaps}/watched`);
    const event = await first.waitFor('DELETED', 'watched');
    assert.deepEqual([event.object.data, (event.object.metadata as Json).namespace], [{ of: 'demo01' }, namespace]);
    assert.deepEqual((await second.waitFor('ADDED', 'watched')).object.data, { of: 'demo02' });
    for (const [watch, tenant] of [
      [first, 'demo01'],
      [second, 'demo02'],
    ] as const) {
      const seen = watch.frames().filter(({ object }) => (object.metadata as Json).name === 'watched');
      assert.ok(seen.every(({ object }) => (object.data as Json).of === tenant));
      assert.doesNotMatch(watch.bytes().toString('latin1'), PREFIX);
      watch.close();
    }
  });

  it('are refused objects of another kind, and what is none', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
    const other = await ask({ tenant: 'demo01' }, 'POST', configMaps, secret, 'application/json');
    assert.equal(other.status, 400);
    assert.match(other.bytes.toString(), /Secret in version \\"v1\\" cannot be handled as a ConfigMap/);
    const exchange = openExchange(readKubeconfig(stack.kubeconfig({ tenant: 'demo01' })), configMaps, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF },
      body: 'nope',
    });
    const { status, body } = await exchange.answer();
    assert.equal(status, 400);
    assert.match(
      body,
      /must be of type ConfigMap\): provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\] \(6e6f7065\)/,
    );
  });

  it('see no nodes, in protobuf, too', async () => {
    const list = await must({ tenant: 'demo01' }, 'GET', '/api/v1/nodes');
    assert.deepEqual([list.kind, list.items], ['NodeList', undefined]);
  });
});

interface ProtobufWatch {
  readonly frames: () => ReadFrame[];
  readonly bytes: () => Buffer;
  waitFor(type: string, objectName: string): Promise<ReadFrame>;
  close(): void;
}

async function openProtobufWatch(stack: Stack, as: As, path: string): Promise<ProtobufWatch> {
  const exchange = openExchange(readKubeconfig(stack.kubeconfig(as)), path, { headers: { accept: PROTOBUF }, timeoutMs: 100_000 });
  const response = await exchange.response;
  assert.equal(response.headers['content-type'], `${PROTOBUF};stream=watch`);
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  const bytes = () => Buffer.concat(chunks);
  const frames = () => readFrames(bytes()).frames;
  return {
    bytes,
    frames,
    waitFor: (type, objectName) =>
      waitUntil(
        `${type} ${objectName}`,
        () => frames().find((frame) => frame.type === type && (frame.object.metadata as Json).name === objectName),
        { timeoutMs: 20_000, intervalMs: 20 },
      ),
    close: exchange.cut,
  };
}

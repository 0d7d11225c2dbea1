import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { CursorSealer } from '../../../src/collections/cursor.ts';
import type { ExchangeDeps, ExchangeStream } from '../../../src/gateway/exchange.ts';
import { externalProcessorService } from '../../../src/gateway/protocol.ts';
import { startExtProcServer } from '../../../src/gateway/server.ts';
import { createLimitsOf } from '../../../src/limits/effective-limits.ts';
import { HeldBytes, REQUEST_LIMITS } from '../../../src/limits/held-bytes.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { encodeMessage } from '../../../src/translate/protobuf/encode-message.ts';
import { writeEnvelope } from '../../../src/translate/protobuf/envelope.ts';
import { messageTypeOf } from '../../../src/translate/protobuf/wire-schema.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { type EnvoyStand, startEnvoyStand } from './support/envoy-stand.ts';

const PODS = '/api/v1/namespaces/web/pods';
const pod = (namespace: string, name: string) => `{"metadata":{"name":"${name}","namespace":"${namespace}"}}`;
/** Objects of 100 kB. */
const plenty = (count = 40) =>
  Array.from(
    { length: count },
    (_, at) => `{"metadata":{"name":"p${at}","namespace":"demo01-web","annotations":{"a":"${'x'.repeat(100_000)}"}}}`,
  );
const list = (...items: string[]) => `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[${items.join(',')}]}`;

const limits = createLimits({ slots: 16 });
const internal: unknown[] = [];
const deps: ExchangeDeps = {
  operatorGroup: 'kubezoo:operators',
  tenantOf: (id) => ({ metadata: { name: id } }) as Tenant,
  reviewToken: async () => undefined,
  cursors: new CursorSealer(Buffer.alloc(32)),
  limits,
  limitsOf: createLimitsOf(),
  upstreamOf: () => ({ checkAccess: async () => ({ allowed: false }), bearerToken: () => undefined }),
  onInternalError: (error) => internal.push(error),
  onDone: () => {},
  heldBodies: new HeldBytes(REQUEST_LIMITS),
};

describe('Envoy and the sidecar', function () {
  this.timeout(60_000);
  let stand: EnvoyStand;
  before(async () => {
    stand = await startEnvoyStand();
  });
  after(() => stand.close());
  beforeEach(() => {
    stand.seen.length = 0;
  });

  const json = (text: string) => {
    stand.upstream = (_, response) => response.setHeader('content-type', 'application/json').end(text);
  };

  it('answers 503 with a Status while there is no sidecar, and reaches nobody', async () => {
    const answer = await stand.ask(PODS);
    assert.equal(answer.code, 503);
    assert.equal(JSON.parse(answer.body).reason, 'ServiceUnavailable');
    assert.equal(stand.seen.length, 0);
  });

  describe('with the sidecar', () => {
    let sidecar: Awaited<ReturnType<typeof startExtProcServer>>;
    before(async () => {
      sidecar = await startExtProcServer(stand.extProcSocket, deps);
      json(list());
      await eventually(async () => assert.equal((await stand.ask(PODS)).code, 200));
    });
    after(() => sidecar.close(0));

    it('translates both ways', async () => {
      json(list(pod('demo01-web', 'a')));
      const answer = await stand.ask(PODS);
      assert.equal(answer.body, list(pod('web', 'a')));
      assert.equal(stand.seen[0]?.url, '/api/v1/namespaces/demo01-web/pods');
      assert.equal(stand.seen[0]?.headers['impersonate-user'], 'kubezoo:demo01:admin');
      assert.equal(stand.seen[0]?.headers['x-kubezoo-route'], undefined);
    });

    it('cuts an answer at an object of somebody else, and shows nothing of it', async () => {
      json(list(pod('demo01-web', 'a'), pod('demo02-secret', 'b')));
      const answer = await stand.ask(PODS);
      // Nothing was sent yet, so Envoy can still say so.
      assert.equal(answer.code, 503);
      assert.doesNotMatch(answer.body, /demo02|secret|items/);
      assert.match(String(internal.at(-1)), /ForeignObject/);
    });

    it('cuts an answer that has begun', async () => {
      json(list(...plenty(), pod('demo02-secret', 'b')));
      const answer = await stand.ask(PODS);
      assert.equal(answer.code, 200);
      assert.ok(answer.cut);
      assert.doesNotMatch(answer.body, /demo02|secret/);
    });

    it('asks nobody for a list of the whole cluster: the local API makes the tenant’s', async () => {
      json(list(pod('demo02-secret', 'b'), pod('demo01-web', 'a')));
      // There is no local API here.
      assert.equal((await stand.ask('/api/v1/pods')).code, 503);
      assert.deepEqual(stand.seen, []);
    });

    it('does not make a whole answer of a half', async () => {
      json(list(...plenty()).slice(0, -2));
      assert.ok((await stand.ask(PODS)).cut);
      json(list(pod('demo01-web', 'a')).slice(0, -2));
      assert.equal((await stand.ask(PODS)).code, 503);
    });

    it('replaces an answer in a form that it cannot read', async () => {
      stand.upstream = (_, response) => response.setHeader('content-type', 'application/cbor').end('demo02');
      const answer = await stand.ask(PODS);
      assert.equal(answer.code, 500);
      assert.equal(JSON.parse(answer.body).kind, 'Status');
    });

    it('passes 32 MiB in order and whole', async () => {
      const items = plenty(320);
      json(list(...items));
      const answer = await stand.ask(PODS);
      assert.equal(answer.cut, false);
      assert.equal(answer.body, list(...items).replaceAll('demo01-web', 'web'));
    });

    it('survives thousands of exchanges on its one connection, and gives every token back', async () => {
      json(list());
      const codes = new Set<number>();
      const worker = async () => {
        for (let i = 0; i < 300; i++) codes.add((await stand.ask(PODS)).code);
      };
      await Promise.all(Array.from({ length: 8 }, worker));
      assert.deepEqual([...codes], [200]);
      await eventually(() => assert.equal(limits.useOf('demo01').inflight, 0));
    });

    it('tells upstream of a request when it is whole, and not before', async () => {
      json('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-web"}}');
      const posted = stand.post('/api/v1/namespaces/web/configmaps');
      const answered = once(posted, 'response');
      posted.write('{"kind":"ConfigMap","apiVersion":"v1",');
      await eventually(() => assert.equal(limits.useOf('demo01').inflight, 1));
      // Envoy has one thread: what was sent on before this is there before its answer.
      assert.equal((await stand.ask('/api/v1/namespaces/web/configmaps/x')).code, 200);
      assert.deepEqual(
        stand.seen.map(({ url }) => url),
        ['/api/v1/namespaces/demo01-web/configmaps/x'],
      );
      posted.end('"metadata":{"name":"x"}}');
      const [response] = (await answered) as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 200);
      assert.equal(stand.seen.at(-1)?.url, '/api/v1/namespaces/demo01-web/configmaps');
    });

    it('tells upstream at once of what may be answered before it is whole: a proxy’s request', async () => {
      stand.upstream = (incoming, response) => incoming.pipe(response.setHeader('content-type', 'text/plain'));
      const posted = stand.post('/api/v1/namespaces/web/services/x/proxy/echo');
      const answered = once(posted, 'response');
      posted.write('first');
      const [response] = (await answered) as [IncomingMessage];
      const [chunk] = await once(response, 'data');
      assert.equal(String(chunk), 'first');
      posted.end();
      response.resume();
      await once(response, 'end');
    });

    it('refuses more of unfinished bodies than the memory that a tenant may take', async () => {
      json('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-web"}}');
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const posted = Array.from({ length: 33 }, () => stand.post('/api/v1/namespaces/web/configmaps'));
      const codes: number[] = [];
      for (const one of posted) one.on('response', (response) => codes.push(response.resume().statusCode ?? 0));
      for (const one of posted) for (let count = 0; count < 2; count++) one.write(chunk);
      await eventually(() => assert.ok(codes.length > 0), 20_000);
      assert.deepEqual(new Set(codes), new Set([429]));
      for (const one of posted) one.destroy();
      await eventually(() => assert.equal(limits.useOf('demo01').inflight, 0), 20_000);
      // All of it was given back.
      const last = stand.post('/api/v1/namespaces/web/configmaps');
      last.end(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x' }, data: { a: 'x'.repeat(2_900_000) } }));
      const [response] = (await once(last, 'response')) as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 200);
    });

    const MAY_NOT = 'pods is forbidden: User "kubezoo-gateway" cannot impersonate-on:user-info:list resource "pods" in API group ""';
    const refusal = (code: number, reason: string, message: string) => ({ kind: 'Status', apiVersion: 'v1', message, reason, code });
    const mayNot = refusal(403, 'Forbidden', MAY_NOT);
    const inProtobuf = writeEnvelope('v1', 'Status', encodeMessage(messageTypeOf('v1', 'Status')!, mayNot));
    const asJson = (status: object) => Buffer.from(JSON.stringify(status));
    for (const [what, code, type, body] of [
      ['may not act for others', 403, 'application/json', asJson(mayNot)],
      ['may not act for others, in protobuf', 403, 'application/vnd.kubernetes.protobuf', Buffer.from(inProtobuf)],
      ['is nobody', 401, 'application/json', asJson(refusal(401, 'Unauthorized', 'Unauthorized'))],
    ] as const) {
      it(`tells no tenant that upstream says the gateway ${what}: an apiserver that has just started`, async () => {
        stand.upstream = (_, response) => response.writeHead(code, { 'content-type': type, 'content-length': body.length }).end(body);
        for (const path of [PODS, `${PODS}?watch=true`]) {
          const answer = await stand.ask(path);
          assert.equal(answer.code, 503);
          assert.equal(JSON.parse(answer.body).reason, 'ServiceUnavailable');
          assert.equal(answer.headers['retry-after'], '1');
          assert.doesNotMatch(answer.body, /kubezoo|impersonate/);
        }
      });
    }

    it('tells a tenant what upstream refuses to it', async () => {
      const body = asJson(refusal(403, 'Forbidden', 'pods is forbidden: User "kubezoo:demo01:admin" cannot list resource "pods"'));
      stand.upstream = (_, response) =>
        response.writeHead(403, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
      const answer = await stand.ask(PODS);
      assert.equal(answer.code, 403);
      assert.equal(JSON.parse(answer.body).message, 'pods is forbidden: User "admin" cannot list resource "pods"');
    });

    it('takes no order from upstream to refuse a client: that is the sidecar’s to say', async () => {
      stand.upstream = (_, response) => {
        response.writeHead(429, { 'content-type': 'application/json', 'x-kubezoo-hold': 'rate;900' }).end('{"kind":"Status","code":429}');
      };
      const answer = await stand.ask(PODS);
      assert.equal(answer.code, 429);
      assert.equal(answer.headers['x-kubezoo-hold'], undefined);
      json(list());
      assert.equal((await stand.ask(PODS)).code, 200);
    });

    it('does not forward a route or an identity that the client made up', async () => {
      json(list());
      for (const route of ['upstream', 'watch', 'local']) {
        const headers = { 'x-kubezoo-route': route, 'x-kubezoo-identity': 'e30' };
        const answer = await stand.ask('/api/v1/namespaces/web/none', { headers });
        assert.equal(answer.code, 404);
      }
      assert.equal(stand.seen.length, 0);
    });
  });

  it('does not fail open when a sidecar ends its stream without a word', async () => {
    const server = new Server();
    server.addService(externalProcessorService(), { Process: (stream: ExchangeStream) => stream.end() });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${stand.extProcSocket}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
    });
    try {
      for (const headers of [{}, { 'x-kubezoo-route': 'upstream' }]) {
        await eventually(async () => assert.equal((await stand.ask(PODS, { headers })).code, 503));
      }
      assert.equal(stand.seen.length, 0);
    } finally {
      server.forceShutdown();
    }
  });
});

describe('Envoy’s clients of the sidecar', function () {
  this.timeout(60_000);
  /** Longer than the shortest time after which Envoy can be told to forget a client, and its look around. */
  const FORGOTTEN_MS = 12_000;

  /** Whether Envoy lives after an exchange has been cut that began so long ago. */
  async function endAfterLongExchange(change?: (config: string) => string): Promise<string | undefined> {
    const stand = await startEnvoyStand(change);
    try {
      const sidecar = await startExtProcServer(stand.extProcSocket, deps);
      stand.upstream = (_, response) => response.setHeader('content-type', 'application/json').flushHeaders();
      const opened = await eventually(async () => {
        const answer = await stand.open(PODS);
        if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
        return answer;
      });
      // What is waited for is time itself: that nothing else is asked meanwhile.
      await delay(FORGOTTEN_MS);
      opened.destroy();
      await eventually(() => assert.equal(limits.useOf('demo01').inflight, 0));
      const answers = await stand.ask('/readyz').then(
        ({ code }) => code,
        () => undefined,
      );
      await sidecar.close(0);
      return answers === undefined ? await eventually(() => stand.ended() ?? Promise.reject(new Error('it runs'))) : undefined;
    } finally {
      await stand.close();
    }
  }

  it('are kept: one that is forgotten while an exchange is under way takes Envoy with it', async () => {
    const forgetful = (config: string) => config.replace('max_cached_entry_idle_duration: 31536000s', 'max_cached_entry_idle_duration: 5s');
    const [kept, forgotten] = await Promise.all([endAfterLongExchange(), endAfterLongExchange(forgetful)]);
    assert.equal(kept, undefined);
    // A fault of Envoy's (1.40). When this fails because it is mended, the setting can go.
    assert.equal(forgotten, 'SIGSEGV');
  });
});

/** Several sockets of ext_proc behind one Envoy, as the sidecar's threads have them. */
import assert from 'node:assert/strict';
import { CursorSealer } from '../../../src/collections/cursor.ts';
import type { ExchangeDeps } from '../../../src/gateway/exchange.ts';
import { extProcSockets } from '../../../src/gateway/ext-proc-sockets.ts';
import { type ExtProcServer, startExtProcServer } from '../../../src/gateway/server.ts';
import { createLimitsOf } from '../../../src/limits/effective-limits.ts';
import { HeldBytes, REQUEST_LIMITS } from '../../../src/limits/held-bytes.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { type EnvoyStand, startEnvoyStand } from './support/envoy-stand.ts';

const POD = '/api/v1/namespaces/default/pods/x';

describe('threads of the sidecar', function () {
  this.timeout(60_000);
  let stand: EnvoyStand;
  let sockets: string[];
  const done = [0, 0];
  const servers: ExtProcServer[] = [];
  const depsOf = (index: number): ExchangeDeps => ({
    operatorGroup: 'kubezoo:operators',
    tenantOf: (id) => ({ metadata: { name: id }, spec: {} }) as Tenant,
    reviewToken: async () => undefined,
    cursors: new CursorSealer(Buffer.alloc(32)),
    limits: createLimits(),
    limitsOf: createLimitsOf(),
    upstreamOf: () => ({ checkAccess: async () => ({ allowed: false }), bearerToken: () => undefined }),
    onInternalError: (error) => assert.fail(String(error)),
    heldBodies: new HeldBytes(REQUEST_LIMITS),
    onDone: () => {
      done[index]! += 1;
    },
  });
  const start = async (index: number) => {
    servers[index] = await startExtProcServer(sockets[index]!, depsOf(index));
  };
  const ask = async (count: number) => {
    const codes = new Map<number, number>();
    for (let asked = 0; asked < count; asked += 10) {
      for (const { code } of await Promise.all(Array.from({ length: 10 }, () => stand.ask(POD))))
        codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    return Object.fromEntries(codes);
  };

  before(async () => {
    stand = await startEnvoyStand(undefined, 2);
    sockets = extProcSockets(stand.extProcSocket, 2);
    stand.upstream = (_, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namespace":"demo01-default"}}');
    await start(0);
    await start(1);
    await eventually(async () => assert.deepEqual(await ask(20), { 200: 20 }), 20_000);
  });
  after(async () => {
    await stand?.close();
    for (const server of servers) await server.close(100);
  });

  it('share the requests', async () => {
    done.fill(0);
    assert.deepEqual(await ask(200), { 200: 200 });
    await eventually(async () => assert.equal(done[0]! + done[1]!, 200));
    assert.ok(Math.min(...done) > 50, String(done));
  });

  it('when one has gone, the others take its requests; when it is back, it has its share again', async () => {
    await servers[1]!.close(100);
    assert.deepEqual(await ask(200), { 200: 200 });
    await start(1);
    await eventually(async () => {
      done.fill(0);
      assert.deepEqual(await ask(40), { 200: 40 });
      assert.ok(done[1]! > 10, String(done));
    });
  });

  it('without the retry policy, half of the requests would meet the one that has gone', async () => {
    const bare = await startEnvoyStand((config) => config.replace('num_retries: 3', 'num_retries: 0'), 2);
    const server = await startExtProcServer(bare.extProcSocket, depsOf(0));
    try {
      bare.upstream = stand.upstream;
      const codes = new Set<number>();
      for (let count = 0; count < 20; count += 1) codes.add((await bare.ask(POD)).code);
      assert.deepEqual([...codes].sort(), [200, 503]);
    } finally {
      await bare.close();
      await server.close(100);
    }
  });
});

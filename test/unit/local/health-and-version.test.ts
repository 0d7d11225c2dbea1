import assert from 'node:assert/strict';
import { createHealthHandler } from '../../../src/local/health.ts';
import { createVersionHandler } from '../../../src/local/version.ts';
import { OPERATOR, serve, type TestServer } from './ask.ts';
import { FakeUpstream } from './fake-upstream.ts';

describe('health and version', () => {
  let upstream: FakeUpstream;
  let server: TestServer;
  let ready: () => boolean | Promise<boolean>;
  beforeEach(async () => {
    upstream = new FakeUpstream();
    ready = () => true;
    server = await serve([createHealthHandler({ isReady: () => ready() }), createVersionHandler({ documents: upstream.cache() })]);
  });
  afterEach(() => server.close());

  it('answers ok', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const { status, text, headers } = await server.ask(path);
      assert.deepEqual([status, text, headers['content-type']], [200, 'ok', 'text/plain; charset=utf-8'], path);
    }
  });

  it('has checks of the gateway, and none of upstream’s', async () => {
    assert.equal((await server.ask('/livez?verbose')).text, '[+]ping ok\nlivez check passed\n');
    assert.equal((await server.ask('/readyz?verbose=1')).text, '[+]ping ok\n[+]gateway ok\nreadyz check passed\n');
    const warning = '[+]ping ok\nwarn: some health checks cannot be excluded: no matches for "etcd"\nlivez check passed\n';
    assert.equal((await server.ask('/livez?verbose&exclude=etcd')).text, warning);
    for (const path of ['/livez/ping', '/readyz/ping', '/readyz/gateway', '/healthz/ping']) {
      const { status, text } = await server.ask(path);
      assert.deepEqual([status, text], [200, 'ok'], path);
    }
    for (const path of ['/livez/etcd', '/livez/gateway', '/healthz/etcd', '/readyz/', '/livez/ping/x']) {
      assert.equal((await server.ask(path)).status, 404, path);
    }
  });

  const NOT_READY: Record<string, () => boolean | Promise<boolean>> = {
    false: () => false,
    'a rejection': () => Promise.reject(new Error('etcd is down')),
  };
  for (const [what, notReady] of Object.entries(NOT_READY)) {
    it(`is alive but not ready at ${what}`, async () => {
      ready = notReady;
      const { status, text } = await server.ask('/readyz?verbose');
      assert.deepEqual([status, text], [500, '[+]ping ok\n[-]gateway failed: reason withheld\nreadyz check failed\n']);
      assert.equal((await server.ask('/readyz')).status, 500);
      assert.equal((await server.ask('/readyz/gateway')).status, 500);
      assert.equal((await server.ask('/readyz/ping')).status, 200);
      assert.equal((await server.ask('/readyz?exclude=gateway')).text, 'ok');
      assert.equal(
        (await server.ask('/readyz?exclude=gateway&verbose')).text,
        '[+]ping ok\n[+]gateway excluded: ok\nreadyz check passed\n',
      );
      assert.equal((await server.ask('/livez')).status, 200);
    });
  }

  it('is read-only', async () => {
    for (const path of ['/readyz', '/version']) assert.equal((await server.ask({ path, method: 'POST' })).status, 405);
  });

  it('has upstream’s version, for the operator as well, and while upstream is down', async () => {
    assert.deepEqual((await server.ask('/version')).json, { gitVersion: 'v1.37.2' });
    upstream.down = true;
    assert.deepEqual((await server.ask({ path: '/version', identity: OPERATOR })).json, { gitVersion: 'v1.37.2' });
  });
});

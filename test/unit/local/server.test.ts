import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { KubeError } from '../../../src/errors.ts';
import { sendJson } from '../../../src/local/answer.ts';
import type { LocalHandler, LocalRequest } from '../../../src/local/local-request.ts';
import { startLocalServer } from '../../../src/local/server.ts';
import { OPERATOR, serve, TENANT, type TestServer } from './ask.ts';

describe('local server', () => {
  let server: TestServer;
  afterEach(() => server.close());

  const at =
    (path: string, run: LocalHandler): LocalHandler =>
    async (request, response) =>
      request.path === path && run(request, response);
  const ok: LocalHandler = async (request, response) => {
    sendJson(request, response, 200, { by: request.identity });
    return true;
  };

  it('is a socket for its owner only', async () => {
    server = await serve([]);
    const { mode } = await stat(server.socketPath);
    assert.equal(mode & 0o777, 0o600);
  });

  it('hands the identity to the handler', async () => {
    server = await serve([ok]);
    assert.deepEqual((await server.ask({ path: '/x' })).json.by, TENANT);
    assert.deepEqual((await server.ask({ path: '/x', identity: OPERATOR })).json.by, OPERATOR);
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bad: Record<string, string | string[]> = {
    'not base64url': '{}',
    'no JSON': Buffer.from('x').toString('base64url'),
    'an unknown role': encode({ role: 'admin', user: 'x', groups: [] }),
    'a tenant without an id': encode({ role: 'tenant', user: 'x', groups: [] }),
    'an id that is none': encode({ ...TENANT, tenantId: '../..' }),
    'a member too many': encode({ ...OPERATOR, tenantId: 'demo01' }),
    'two of them': [encode(TENANT), encode(TENANT)],
    'two in one line': `${encode(TENANT)}, ${encode(OPERATOR)}`,
  };
  for (const [what, header] of Object.entries(bad)) {
    it(`answers 401 to an identity header with ${what}`, async () => {
      server = await serve([ok]);
      const { status, json } = await server.ask({ path: '/x', headers: { 'x-kubezoo-identity': header } });
      assert.equal(status, 401);
      assert.equal(json.reason, 'Unauthorized');
    });
  }

  it('answers 401 without an identity, and does not run a handler', async () => {
    let ran = false;
    server = await serve([
      async (...args) => {
        ran = true;
        return ok(...args);
      },
    ]);
    assert.equal((await server.ask({ path: '/x', identity: null })).status, 401);
    assert.equal(ran, false);
  });

  it('tries the handlers in order', async () => {
    const second = at('/b', async (request, response) => {
      sendJson(request, response, 200, { second: true });
      return true;
    });
    server = await serve([at('/a', ok), second, at('/b', ok)]);
    assert.deepEqual((await server.ask('/b')).json, { second: true });
  });

  it('answers an unknown path as the apiserver does', async () => {
    server = await serve([]);
    const plain = await server.ask('/nope');
    assert.deepEqual([plain.status, plain.text, plain.headers['content-type']], [404, '404 page not found\n', 'text/plain; charset=utf-8']);
    assert.equal((await server.ask('/apisx')).headers['content-type'], 'text/plain; charset=utf-8');
    for (const path of ['/api/v1/nopes', '/apis/apps/v1/nopes']) {
      const { json } = await server.ask(path);
      assert.deepEqual([json.kind, json.code, json.message], ['Status', 404, 'the server could not find the requested resource']);
    }
  });

  it('refuses other methods', async () => {
    server = await serve([ok]);
    for (const method of ['OPTIONS', 'TRACE', 'PROPFIND']) assert.equal((await server.ask({ method, path: '/api' })).status, 405);
  });

  it('shows a KubeError as a Status, with its time to wait', async () => {
    server = await serve([
      async () => {
        throw new KubeError('TooManyRequests', 'slow down', { retryAfterSeconds: 3 });
      },
    ]);
    const { status, headers, json } = await server.ask('/x');
    assert.deepEqual([status, headers['retry-after'], json.message, json.details], [429, '3', 'slow down', { retryAfterSeconds: 3 }]);
  });

  it('keeps the cause of an unexpected error to the log', async () => {
    const logged: { err?: unknown; path?: string }[] = [];
    server = await serve([() => Promise.reject(new Error('secret'))], { error: (fields) => void logged.push(fields) });
    const { status, text } = await server.ask('/x?y=1');
    assert.equal(status, 500);
    assert.doesNotMatch(text, /secret/);
    assert.match(String(logged[0]?.err), /secret/);
    assert.equal(logged[0]?.path, '/x');
  });

  it('resets the connection when an answer fails half-way', async () => {
    server = await serve([
      async (_request, response) => {
        response.writeHead(200).write('half');
        throw new Error('gone wrong');
      },
    ]);
    await assert.rejects(server.ask('/x'), { code: 'ECONNRESET' });
  });

  it('answers HEAD with the headers of GET', async () => {
    server = await serve([ok]);
    const get = await server.ask('/x');
    const head = await server.ask({ method: 'HEAD', path: '/x' });
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', get.headers['content-length']]);
  });

  it('indents for people', async () => {
    server = await serve([ok]);
    assert.match((await server.ask('/x?pretty=true')).text, /\n {2}"by"/);
    assert.match((await server.ask({ path: '/x', headers: { 'user-agent': 'curl/8' } })).text, /\n {2}"by"/);
    assert.match((await server.ask('/x')).text, /^\{"by".*\}\n$/);
  });

  describe('bodies', () => {
    const echo: LocalHandler = async (request, response) => {
      sendJson(request, response, 200, { length: (await request.body(10)).length });
      return true;
    };

    it('are read whole', async () => {
      server = await serve([echo]);
      assert.equal((await server.ask({ method: 'POST', path: '/x', body: Buffer.alloc(10) })).json.length, 10);
    });

    const SPELLINGS: Record<string, Record<string, string>> = {
      announced: { 'content-length': '5000000' },
      chunked: { 'transfer-encoding': 'chunked' },
    };
    for (const [what, headers] of Object.entries(SPELLINGS)) {
      it(`over the limit get 413 (${what}), and the connection stays good`, async () => {
        server = await serve([echo]);
        const body = Buffer.alloc(5_000_000);
        const { status, json } = await server.ask({ method: 'POST', path: '/x', headers, body });
        assert.deepEqual([status, json.reason, json.message], [413, 'RequestEntityTooLarge', 'Request entity too large: limit is 10']);
        assert.equal((await server.ask({ method: 'POST', path: '/x', body: Buffer.alloc(3) })).json.length, 3);
      });
    }

    it('that a handler does not want are no harm', async () => {
      server = await serve([ok]);
      const body = Buffer.alloc(1_000_000);
      for (let i = 0; i < 3; i++) assert.equal((await server.ask({ method: 'POST', path: '/x', body })).status, 200);
    });
  });

  it('tells the handler when the client is gone', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    server = await serve([
      async ({ signal }, response) => {
        response.writeHead(200).flushHeaders();
        await once(signal, 'abort');
        resolve();
        return true;
      },
    ]);
    const message = await server.open({ path: '/x' });
    message.on('error', () => {});
    message.destroy();
    await aborted;
  });

  describe('close', () => {
    it('waits for an answer under way, and ends a watch', async () => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const { promise: go, resolve: release } = Promise.withResolvers<void>();
      const slow = at('/slow', async (request, response) => {
        resolve();
        await go;
        sendJson(request, response, 200, { slow: true });
        return true;
      });
      const watch = at('/watch', async ({ signal }: LocalRequest, response) => {
        response.writeHead(200).flushHeaders();
        await once(signal, 'abort');
        response.end('end');
        return true;
      });
      server = await serve([slow, watch]);
      const watching = await server.open({ path: '/watch' });
      const answer = server.ask('/slow');
      await begun;
      const closing = server.close();
      const chunks: Buffer[] = [];
      for await (const chunk of watching) chunks.push(chunk);
      assert.equal(Buffer.concat(chunks).toString(), 'end');
      release();
      assert.deepEqual((await answer).json, { slow: true });
      await closing;
    });

    it('gives up on an answer that never comes', async () => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const handler: LocalHandler = () => {
        resolve();
        return new Promise(() => {});
      };
      server = await serve([handler], undefined, 50);
      const answer = server.ask('/x');
      answer.catch(() => {});
      await begun;
      await server.close();
      await assert.rejects(answer, { code: 'ECONNRESET' });
    });
  });

  it('takes over a socket that nobody serves any more, but no other', async () => {
    server = await serve([]);
    await assert.rejects(startLocalServer({ socketPath: server.socketPath, handlers: [] }), /in use by another process/);

    const left = `${server.socketPath}.left`;
    const dead = createServer().listen(left);
    await once(dead, 'listening');
    // A process that is killed does not get to remove its socket.
    await rename(left, `${left}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    const second = await startLocalServer({ socketPath: `${left}.kept`, handlers: [] });
    await second.close();

    const file = `${server.socketPath}.file`;
    await writeFile(file, 'no socket');
    await assert.rejects(startLocalServer({ socketPath: file, handlers: [] }));
    assert.ok((await stat(file)).isFile());
  });
});

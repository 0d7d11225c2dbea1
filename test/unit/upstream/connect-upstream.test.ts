import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { parse, stringify } from 'yaml';
import { type Authority, createAuthority, type KeyedCertificate } from '../../../src/certs/authority.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { renderKubeconfig } from '../../../src/certs/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { connectTransport, connectUpstream } from '../../../src/upstream/connect-upstream.ts';
import { CredentialSource } from '../../../src/upstream/credentials.ts';
import type { KubeObject, UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { isUpstreamError, UpstreamError } from '../../../src/upstream/upstream-error.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('connectUpstream', () => {
  let folder: string;
  let server: Server;
  let upstream: UpstreamClient;
  let handler: Handler;
  let url: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubezoo-upstream-'));
    const authority = await createAuthority({ commonName: 'ca' });
    const serving = await issueCertificate(authority, { commonName: 's', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
    const options = { cert: serving.certificatePem, key: serving.keyPem };
    server = createServer(options, (request, response) => handler(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ca = Buffer.from(authority.certificatePem).toString('base64');
    upstream = connectUpstream(kubeconfig('token', { server: `${url}/base/`, 'certificate-authority-data': ca }, { token: 'secret' }));
  });
  after(() => {
    upstream.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  function kubeconfig(name: string, cluster: object, user: object): string {
    const file = join(folder, name);
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts,
      'current-context': 'x',
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  const json = (response: ServerResponse, code: number, body: object) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  it('sends what it was told to: path below the base, query, token, body', async () => {
    const seen: unknown[] = [];
    handler = (request, response) => {
      const { method, url: path, headers } = request;
      const { authorization, accept } = headers;
      request
        .setEncoding('utf8')
        .on('data', (body) => seen.push({ method, path, authorization, accept, type: headers['content-type'], body }));
      request.on('end', () => json(response, 200, { metadata: { name: 'a' } }));
    };
    await upstream.apply('/api/v1/namespaces/a', { x: 1 });
    assert.deepEqual(seen, [
      {
        method: 'PATCH',
        path: '/base/api/v1/namespaces/a?fieldManager=kubezoo&force=true',
        authorization: 'Bearer secret',
        accept: 'application/json',
        type: 'application/apply-patch+yaml',
        body: '{"x":1}',
      },
    ]);
  });

  it('throws the Status of an answer that is a failure, and what a proxy says instead', async () => {
    handler = (_, response) =>
      json(response, 409, { kind: 'Status', reason: 'AlreadyExists', message: 'it exists', code: 409, details: { name: 'a' } });
    await assert.rejects(upstream.create('/x', {}), (thrown) => {
      assert.ok(isUpstreamError(thrown, 'AlreadyExists'));
      assert.deepEqual([thrown.code, thrown.message, thrown.details], [409, 'it exists', { name: 'a' }]);
      return true;
    });
    handler = (_, response) => response.writeHead(404).end('404 page not found\n');
    await assert.rejects(upstream.get('/x'), (thrown) => isUpstreamError(thrown, 'NotFound') && thrown.message === '404 page not found');
    handler = (_, response) => response.writeHead(502).end('{ no json');
    await assert.rejects(upstream.get('/x'), (thrown) => isUpstreamError(thrown) && thrown.code === 502);
  });

  it('gives up when there is no answer in time, also in the middle of one', async () => {
    handler = () => undefined;
    const request = { method: 'GET', path: '/slow', timeoutMs: 30 };
    await assert.rejects(upstream.request(request), (thrown) => isUpstreamError(thrown, 'Timeout') && thrown.code === 504);
    handler = (_, response) => response.writeHead(200, { 'content-length': 10 }).write('{');
    await assert.rejects(upstream.request(request), (thrown) => isUpstreamError(thrown, 'Timeout'));
  });

  it('says that nobody is there, and that an answer broke off', async () => {
    const nobody = connectUpstream(kubeconfig('nobody', { server: 'https://127.0.0.1:1' }, {}));
    await assert.rejects(nobody.get('/x'), (thrown) => isUpstreamError(thrown, 'Unreachable') && /ECONNREFUSED/.test(thrown.message));
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('{');
      response.destroy();
    };
    await assert.rejects(upstream.get('/x'), (thrown) => isUpstreamError(thrown, 'Unreachable'));
  });

  it('ends a request with its signal, with the reason of that', async () => {
    handler = () => undefined;
    const stop = new AbortController();
    const pending = upstream.request({ method: 'GET', path: '/x', signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(pending, /enough/);
  });

  it('reads all pages of a list', async () => {
    const asked: (string | null)[] = [];
    handler = (request, response) => {
      const query = new URL(request.url ?? '', url).searchParams;
      asked.push(query.get('continue'));
      const page = asked.length;
      const metadata = { resourceVersion: '7', ...(page < 3 && { continue: `page-${page}` }) };
      json(response, 200, { items: [{ metadata: { name: `n${page}` } }], metadata });
    };
    const { items, resourceVersion } = await upstream.list('/x');
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['n1', 'n2', 'n3'],
    );
    assert.deepEqual(asked, [null, 'page-1', 'page-2']);
    assert.equal(resourceVersion, '7');
  });

  describe('watch', () => {
    const event = (type: string, name: string) => `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: '1' } } })}\n`;
    const collect = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const { type, object } of upstream.watch<KubeObject>('/x')) seen.push(`${type} ${object.metadata.name}`);
      return seen;
    };

    it('reads events however they are cut, and ends when upstream ends it', async () => {
      const text = event('ADDED', 'ä') + event('MODIFIED', 'b') + event('BOOKMARK', '') + event('DELETED', 'ä');
      for (const size of [1, 2, 7, 4096]) {
        handler = async (_, response) => {
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length; at += size) {
            if (!response.write(bytes.subarray(at, at + size))) await once(response, 'drain');
            if (size > 1) await new Promise(setImmediate);
          }
          response.end();
        };
        assert.deepEqual(await collect(), ['ADDED ä', 'MODIFIED b', 'BOOKMARK ', 'DELETED ä'], `chunks of ${size}`);
      }
    });

    it('asks for bookmarks and an end in time', async () => {
      let asked = new URLSearchParams();
      handler = (request, response) => {
        asked = new URL(request.url ?? '', url).searchParams;
        response.end();
      };
      await collect();
      assert.equal(asked.get('watch'), 'true');
      assert.equal(asked.get('allowWatchBookmarks'), 'true');
      const seconds = Number(asked.get('timeoutSeconds'));
      assert.ok(seconds >= 300 && seconds <= 600);
    });

    it('throws on a refusal, an ERROR event, and a connection that breaks', async () => {
      handler = (_, response) => json(response, 403, { kind: 'Status', reason: 'Forbidden', message: 'no', code: 403 });
      await assert.rejects(collect(), (thrown) => isUpstreamError(thrown, 'Forbidden'));
      const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
      handler = (_, response) => response.end(`${JSON.stringify(gone)}\n`);
      await assert.rejects(collect(), (thrown) => thrown instanceof UpstreamError && thrown.code === 410);
      handler = (_, response) => {
        response.write(event('ADDED', 'a'), () => response.destroy());
      };
      await assert.rejects(collect(), (thrown) => isUpstreamError(thrown, 'Unreachable'));
    });

    it('ends quietly with its signal, and lets the connection go', async () => {
      const stop = new AbortController();
      let closed: Promise<unknown> = Promise.reject(new Error('never asked'));
      closed.catch(() => undefined);
      handler = (_, response) => {
        closed = once(response, 'close');
        response.write(event('ADDED', 'a'));
      };
      const seen: string[] = [];
      for await (const { type } of upstream.watch('/x', { signal: stop.signal })) {
        seen.push(type);
        stop.abort();
      }
      assert.deepEqual(seen, ['ADDED']);
      await closed;
    });
  });

  it('shows its client certificate, and trusts the CA of the kubeconfig alone', async () => {
    const authority = await createAuthority({ commonName: 'ca' });
    const serving = await issueCertificate(authority, { commonName: 's', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
    const client = await issueCertificate(authority, { commonName: 'me', client: true, days: 1 });
    const options = { ca: authority.certificatePem, cert: serving.certificatePem, key: serving.keyPem, requestCert: true };
    const secure = createServer(options, (request, response) => {
      json(response, 200, { metadata: { name: (request.socket as TLSSocket).getPeerCertificate().subject.CN } });
    }).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const parts = { server: `https://127.0.0.1:${(secure.address() as AddressInfo).port}`, clusterName: 'c', user: 'u' };
    const keys = { certPem: client.certificatePem, keyPem: client.keyPem };
    const connect = (caPem: string) => {
      const file = join(folder, 'secure');
      writeFileSync(file, renderKubeconfig({ ...parts, ...keys, caPem }));
      return connectUpstream(file);
    };
    const trusting = connect(authority.certificatePem);
    assert.equal((await trusting.get('/x')).metadata.name, 'me');
    const other = await createAuthority({ commonName: 'ca' });
    const distrusting = connect(other.certificatePem);
    await assert.rejects(distrusting.get('/x'), (thrown) => isUpstreamError(thrown, 'Unreachable'));
    trusting.close();
    distrusting.close();
    secure.close();
  });

  describe('a kubeconfig that changes', () => {
    let secure: Server;
    let authority: Authority;
    let file: string;
    const open: ServerResponse[] = [];
    const troubles: unknown[] = [];

    before(async () => {
      authority = await createAuthority({ commonName: 'ca' });
      const serving = await issueCertificate(authority, { commonName: 's', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
      const options = {
        ca: authority.certificatePem,
        cert: serving.certificatePem,
        key: serving.keyPem,
        requestCert: true,
        rejectUnauthorized: false,
      };
      secure = createServer(options, (request, response) => {
        const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
        if (request.url === '/open') open[open.push(response) - 1]!.write('begun ');
        else json(response, 200, { metadata: { name: CN }, token: request.headers.authorization });
      }).listen(0, '127.0.0.1');
      await once(secure, 'listening');
      file = join(folder, 'changing');
    });
    after(() => {
      secure.closeAllConnections();
      secure.close();
    });

    async function write(name: string, keyOf?: KeyedCertificate): Promise<KeyedCertificate> {
      const client = await issueCertificate(authority, { commonName: name, client: true, days: 1 });
      const server = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
      const keys = { certPem: client.certificatePem, keyPem: (keyOf ?? client).keyPem };
      writeFileSync(file, renderKubeconfig({ server, clusterName: 'c', user: 'u', caPem: authority.certificatePem, ...keys }));
      return client;
    }

    it('is followed by new requests, while those under way go on; half of a pair changes nothing', async () => {
      const first = await write('first');
      const transport = connectTransport(file, (error) => troubles.push(error));
      const nameOf = async () =>
        (JSON.parse(String((await transport.request({ method: 'GET', path: '/x' })).body)) as KubeObject).metadata.name;
      assert.equal(await nameOf(), 'first');
      const { body } = await transport.stream({ method: 'GET', path: '/open' });
      await write('half', first);
      await waitUntil('trouble', async () => (await nameOf()) === 'first' && troubles.length > 0, { timeoutMs: 5000 });
      await write('second');
      await waitUntil('the new certificate', async () => (await nameOf()) === 'second', { timeoutMs: 5000 });
      assert.equal(troubles.length, 1);
      open[0]!.end('ended');
      assert.equal(await text(body), 'begun ended');
      transport.close();
    });

    it('so is a file that it names: a token', async () => {
      await write('with token');
      const token = join(folder, 'token-file');
      writeFileSync(token, 'one\n');
      const config = parse(readFileSync(file, 'utf8'));
      config.users[0].user = { tokenFile: 'token-file' };
      writeFileSync(file, stringify(config));
      const transport = connectTransport(file);
      const tokenOf = async () =>
        (JSON.parse(String((await transport.request({ method: 'GET', path: '/x' })).body)) as { token: string }).token;
      assert.equal(await tokenOf(), 'Bearer one');
      writeFileSync(token, 'two\n');
      await waitUntil('the new token', async () => (await tokenOf()) === 'Bearer two', { timeoutMs: 5000 });
      transport.close();
    });

    it('and that token is the one of the moment, not of the last time that somebody asked', async () => {
      await write('with token');
      const token = join(folder, 'token-now');
      writeFileSync(token, 'one\n');
      const config = parse(readFileSync(file, 'utf8'));
      config.users[0].user = { tokenFile: 'token-now' };
      writeFileSync(file, stringify(config));
      const source = new CredentialSource(file);
      assert.equal(source.token(), 'one');
      writeFileSync(token, 'two\n');
      // Nothing else runs meanwhile: what were read later, in a turn of its own, would never be seen here.
      const deadline = performance.now() + 5000;
      while (source.token() !== 'two') assert.ok(performance.now() < deadline, 'still the old token');
    });
  });

  it('refuses a kubeconfig without a cluster, a server without TLS, and a proxy that it would pass by', () => {
    const file = join(folder, 'empty');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config' }));
    assert.throws(() => connectUpstream(file), /names no cluster/);
    assert.throws(() => connectUpstream(kubeconfig('plain', { server: 'http://127.0.0.1:1' }, {})), /not an https URL/);
    assert.throws(() => connectUpstream(kubeconfig('proxy', { server: url, 'proxy-url': 'http://p' }, {})), /proxy-url/);
  });
});

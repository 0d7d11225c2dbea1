import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Authority, createAuthority, type KeyedCertificate } from '../../../../src/certs/authority.ts';
import { issueCertificate } from '../../../../src/certs/issue-certificate.ts';
import type { OidcConfig } from '../../../../src/config/settings/oidc.ts';
import { renderEnvoyConfig } from '../../../../src/gateway/envoy-config.ts';
import { SILENT } from '../../../../src/launch/progress.ts';
import { findEnvoy } from '../../../../src/launch/tools/find-envoy.ts';
import { eventually } from '../../tenant-api/support/eventually.ts';
import { freePort } from '../../tenant-api/support/free-port.ts';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The connection was cut before the answer was whole. */
  readonly cut: boolean;
}

/** A real Envoy with the product's configuration, before an upstream that answers what no apiserver would. */
export interface EnvoyStand {
  readonly extProcSocket: string;
  readonly localSocket: string;
  /** Of `tls.crt`, `tls.key` (what Envoy shows to both sides) and `ca.crt`. */
  readonly folder: string;
  readonly authority: Authority;
  readonly url: URL;
  /** Requests that upstream got. */
  readonly seen: { url: string; headers: IncomingMessage['headers']; version: string; certificate: string }[];
  upstream: RequestListener;
  /** What upstream makes of an upgraded connection. */
  upgrade: (socket: Duplex) => void;
  /** As the admin; resolves when the connection is upgraded. The caller ends it. */
  openUpgrade(path: string): Promise<Duplex>;
  /** What upstream shows to new connections from now on. */
  showUpstream(certificate: KeyedCertificate): void;
  /** As the tenant demo01's admin. */
  ask(path: string, options?: RequestOptions): Promise<Answer>;
  /** Without a certificate. */
  askAsNobody(path: string, headers?: RequestOptions['headers']): Promise<Answer>;
  /** As the admin again; resolves when the answer has begun. The caller ends it. */
  open(path: string): Promise<IncomingMessage>;
  /** A POST of JSON, as the admin, whose body the caller writes and ends. */
  post(path: string): ClientRequest;
  /** How Envoy has ended; undefined while it runs. */
  ended(): string | undefined;
  close(): Promise<void>;
}

/** @param change what is to be otherwise than in the product's configuration @param workers sockets of the sidecar */
export async function startEnvoyStand(
  change: (config: string) => string = (config) => config,
  workers = 1,
  oidc?: OidcConfig,
): Promise<EnvoyStand> {
  const folder = mkdtempSync(join(tmpdir(), 'kz-stand-'));
  const authority = await createAuthority({ commonName: 'stand' });
  const serving = await issueCertificate(authority, {
    commonName: 'stand',
    ipAddresses: ['127.0.0.1'],
    server: true,
    client: true,
    days: 1,
  });
  const admin = await issueCertificate(authority, {
    commonName: 'demo01:admin',
    organizationalUnit: 'demo01',
    organizations: ['demo01:tenant-admins'],
    client: true,
    days: 1,
  });
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const [certFile, keyFile, caFile] = [
    file('tls.crt', serving.certificatePem),
    file('tls.key', serving.keyPem),
    file('ca.crt', authority.certificatePem),
  ];

  const seen: EnvoyStand['seen'] = [];
  const tls = { cert: serving.certificatePem, key: serving.keyPem, ca: authority.certificatePem, requestCert: true, allowHTTP1: true };
  const upstreamServer = createSecureServer(tls, (incoming, response) => {
    const certificate = (incoming.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '';
    seen.push({ url: incoming.url ?? '', headers: incoming.headers, version: incoming.httpVersion, certificate });
    stand.upstream(incoming as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  upstreamServer.on('upgrade', (_, socket: Duplex) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
    stand.upgrade(socket.on('error', () => socket.destroy()));
  });
  const sockets = new Set<Socket>();
  upstreamServer.on(
    'connection',
    (socket: Socket) => sockets.add(socket).has(socket) && socket.once('close', () => sockets.delete(socket)),
  );
  const extProcSocket = join(folder, 'x.sock');
  const localSocket = join(folder, 'l.sock');
  const upstreamPort = await listen(upstreamServer);
  // Only now: a port that is free before may be upstream's by then.
  const listenPort = await freePort();
  const { bootstrap, secrets } = renderEnvoyConfig({
    secretsDir: join(folder, 'secrets'),
    listenAddress: '127.0.0.1',
    listenPort,
    servingCertFile: certFile,
    servingKeyFile: keyFile,
    clientCaFile: caFile,
    extProcSocket,
    workers,
    localSocket,
    oidc,
    upstream: { host: '127.0.0.1', port: upstreamPort, caFile, clientCertFile: certFile, clientKeyFile: keyFile },
  });
  mkdirSync(join(folder, 'secrets'));
  for (const { path, text } of secrets) writeFileSync(path, text);
  const envoy = spawn(
    await findEnvoy(SILENT),
    ['-c', file('envoy.yaml', change(bootstrap)), '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
    {
      stdio: 'ignore',
    },
  );
  const agent = new Agent({ ca: authority.certificatePem, cert: admin.certificatePem, key: admin.keyPem, keepAlive: true });

  const nobody = new Agent({ ca: authority.certificatePem });
  const stand: EnvoyStand = {
    extProcSocket,
    localSocket,
    folder,
    authority,
    url: new URL(`https://127.0.0.1:${listenPort}`),
    seen,
    upstream: (_, response) => response.end('{}'),
    upgrade: (socket) => socket.destroy(),
    openUpgrade: (path) => openUpgrade({ host: '127.0.0.1', port: listenPort, path, agent }),
    showUpstream: ({ certificatePem, keyPem }) => upstreamServer.setSecureContext({ ...tls, cert: certificatePem, key: keyPem }),
    ask: (path, options = {}) => ask({ host: '127.0.0.1', port: listenPort, path, agent, ...options }),
    askAsNobody: (path, headers = {}) => ask({ host: '127.0.0.1', port: listenPort, path, headers, agent: nobody }),
    open: (path) => open({ host: '127.0.0.1', port: listenPort, path, agent }),
    post: (path) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      return request({ host: '127.0.0.1', port: listenPort, path, agent, method: 'POST', headers }).on('error', () => {});
    },
    ended: () => envoy.signalCode ?? envoy.exitCode?.toString(),
    close: async () => {
      agent.destroy();
      await endProcess(envoy);
      for (const socket of sockets) socket.destroy();
      upstreamServer.close();
      rmSync(folder, { recursive: true });
    },
  };
  await eventually(() => stand.ask('/'), 20_000);
  return stand;
}

async function listen(server: Http2SecureServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function ask(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let body = '';
      const answer = (cut: boolean) => resolve({ code: response.statusCode ?? 0, headers: response.headers, body, cut });
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => answer(!response.complete));
      response.on('error', () => answer(true));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function open(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(options, (response) => resolve(response.on('error', () => {})))
      .on('error', reject)
      .end();
  });
}

function openUpgrade(options: RequestOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    request({ ...options, method: 'POST', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } }, (response) =>
      reject(new Error(`answered ${response.statusCode}`)),
    )
      .on('error', reject)
      .once('upgrade', (_, socket) => resolve(socket.on('error', () => socket.destroy())))
      .end();
  });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

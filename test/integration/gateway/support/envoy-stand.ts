import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Agent, createServer, type RequestOptions, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../../../src/certs/authority.ts';
import { issueCertificate } from '../../../../src/certs/issue-certificate.ts';
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
  /** Requests that upstream got. */
  readonly seen: { url: string; headers: IncomingMessage['headers'] }[];
  upstream: RequestListener;
  /** As the tenant demo01's admin. */
  ask(path: string, options?: RequestOptions): Promise<Answer>;
  /** The same; resolves when the answer has begun. The caller ends it. */
  open(path: string): Promise<IncomingMessage>;
  /** How Envoy has ended; undefined while it runs. */
  ended(): string | undefined;
  close(): Promise<void>;
}

/** @param change what is to be otherwise than in the product's configuration @param workers sockets of the sidecar */
export async function startEnvoyStand(change: (config: string) => string = (config) => config, workers = 1): Promise<EnvoyStand> {
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
  const upstreamServer = createServer({ cert: serving.certificatePem, key: serving.keyPem }, (incoming, response) => {
    seen.push({ url: incoming.url ?? '', headers: incoming.headers });
    stand.upstream(incoming, response);
  });
  const listenPort = await freePort();
  const extProcSocket = join(folder, 'x.sock');
  const upstreamPort = await listen(upstreamServer);
  const config = renderEnvoyConfig({
    listenAddress: '127.0.0.1',
    listenPort,
    servingCertFile: certFile,
    servingKeyFile: keyFile,
    clientCaFile: caFile,
    extProcSocket,
    workers,
    localSocket: join(folder, 'l.sock'),
    upstream: { host: '127.0.0.1', port: upstreamPort, caFile, clientCertFile: certFile, clientKeyFile: keyFile },
  });
  const envoy = spawn(
    await findEnvoy(SILENT),
    ['-c', file('envoy.yaml', change(config)), '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
    {
      stdio: 'ignore',
    },
  );
  const agent = new Agent({ ca: authority.certificatePem, cert: admin.certificatePem, key: admin.keyPem, keepAlive: true });

  const stand: EnvoyStand = {
    extProcSocket,
    seen,
    upstream: (_, response) => response.end('{}'),
    ask: (path, options = {}) => ask({ host: '127.0.0.1', port: listenPort, path, agent, ...options }),
    open: (path) => open({ host: '127.0.0.1', port: listenPort, path, agent }),
    ended: () => envoy.signalCode ?? envoy.exitCode?.toString(),
    close: async () => {
      agent.destroy();
      await endProcess(envoy);
      upstreamServer.closeAllConnections();
      upstreamServer.close();
      rmSync(folder, { recursive: true });
    },
  };
  await eventually(() => stand.ask('/'), 20_000);
  return stand;
}

async function listen(server: Server): Promise<number> {
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

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { createAuthority } from '../../../src/certs/authority.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';

/** What one connection has brought, from its first byte on. */
export interface RecordedConnection {
  /** What was going on when it was opened. */
  readonly label: string;
  readonly received: Buffer[];
}

export interface WireRecorder {
  /** Whom a client has to talk to instead; without a credential of its own. */
  readonly cluster: Pick<Cluster, 'server' | 'ca'>;
  readonly connections: readonly RecordedConnection[];
  close(): Promise<void>;
}

/**
 * Stands between a client and a server, takes TLS off on the one side and puts it on again on the other, with the
 * client certificate of `behind` where that has one. HTTP/1.1 on both, so that the bytes between are text, upgrades
 * included; they are passed on as they come and kept.
 */
export async function recordWire(behind: Cluster, labelOf: () => string): Promise<WireRecorder> {
  const authority = await createAuthority({ commonName: 'wire recorder' });
  const serving = await issueCertificate(authority, { commonName: 'wire recorder', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
  const connections: RecordedConnection[] = [];
  const open = new Set<TLSSocket>();
  const { hostname, port } = new URL(behind.server);
  const server = createServer({ cert: serving.certificatePem, key: serving.keyPem, ALPNProtocols: ['http/1.1'] }, (client) => {
    const connection: RecordedConnection = { label: labelOf(), received: [] };
    connections.push(connection);
    const upstream = connect({
      host: hostname,
      port: Number(port),
      ca: behind.ca,
      ALPNProtocols: ['http/1.1'],
      ...(behind.clientCert && { cert: behind.clientCert, key: behind.clientKey }),
    });
    upstream.on('data', (bytes: Buffer) => connection.received.push(bytes));
    join(client, upstream, open);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    cluster: { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: authority.certificatePem },
    connections,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The end of either is the end of both; why one ended is seen by the client as its own error. */
function join(client: TLSSocket, upstream: TLSSocket, open: Set<TLSSocket>): void {
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    open.add(one);
    one.on('error', () => other.destroy());
    one.on('close', () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
}

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLocalHandlers } from '../../../../src/local/local-handlers.ts';
import { IDENTITY_HEADER, type Identity } from '../../../../src/local/local-request.ts';
import type { SharedGroups } from '../../../../src/local/owner-of-group.ts';
import { startLocalServer } from '../../../../src/local/server.ts';
import { allRows, findResource } from '../../../../src/translate/table/index.ts';
import type { UpstreamClient } from '../../../../src/upstream/upstream-client.ts';

export const GATEWAY_ADDRESS = 'gateway.example:6443';

export interface TenantEndpoint {
  /** Plain HTTP: what comes in is asked as one tenant. */
  readonly url: string;
  close(): Promise<void>;
}

/** The local API in front of a real upstream, with a plain proxy in the place of Envoy and the ext_proc server. */
export async function serveAsTenant(
  upstream: UpstreamClient,
  folder: string,
  tenantId = 'demo01',
  shared?: SharedGroups,
): Promise<TenantEndpoint> {
  const tenant: Identity = { role: 'tenant', tenantId, user: 'alice', groups: ['tenant-admins'] };
  const socketPath = join(folder, `${tenantId}.sock`);
  const local = await startLocalServer({
    socketPath,
    log: { error: (fields, message) => console.error(message, fields) },
    handlers: createLocalHandlers({
      table: { findResource, allRows },
      shared,
      fetch: (path, headers) => upstream.request({ method: 'GET', path, headers }),
      onFailure: () => {},
      gatewayAddress: GATEWAY_ADDRESS,
      isReady: () => true,
    }),
  });
  const identity = Buffer.from(JSON.stringify(tenant)).toString('base64url');
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, [IDENTITY_HEADER]: identity };
    const inner = request({ socketPath, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers).flushHeaders();
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    inner.on('error', () => outgoing.destroy());
    outgoing.on('close', () => inner.destroy());
    incoming.pipe(inner);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async close() {
      proxy.close();
      proxy.closeAllConnections();
      await local.close();
    },
  };
}

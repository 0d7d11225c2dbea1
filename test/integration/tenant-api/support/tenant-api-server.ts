import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest } from '../../../../src/local/answer-request.ts';
import { IDENTITY_HEADER, type Identity } from '../../../../src/local/local-request.ts';
import { createTenantApi, type TenantApiDeps } from '../../../../src/tenant-api/tenant-api.ts';
import type { TenantStore } from '../../../../src/tenants/store.ts';

export const OPERATOR: Identity = { role: 'operator', user: 'platform', groups: ['kubezoo:operators'] };

export interface TenantApiServer {
  readonly url: string;
  /** Errors of 500 and above, as they would stand in the log. */
  readonly failures: unknown[];
  /** As whom the next requests come. */
  identity: Identity;
  close(): Promise<void>;
}

/** The Tenant API on a port of its own, without a gateway before it: whoever comes is `identity`. */
export async function serveTenantApi(store: TenantStore, deps: Partial<TenantApiDeps> = {}, port = 0): Promise<TenantApiServer> {
  const failures: unknown[] = [];
  const handler = createTenantApi(store, {
    upstreamHoldsPrefix: async () => undefined,
    version: { major: '1', minor: '37', gitVersion: 'v1.37.0' },
    ...deps,
  });
  const server = createServer((message, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    message.headersDistinct[IDENTITY_HEADER] = [Buffer.from(JSON.stringify(api.identity)).toString('base64url')];
    void answerRequest(message, response, gone.signal, [handler], { error: (fields) => failures.push(fields) });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const api: TenantApiServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    identity: OPERATOR,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}

import { AUTHENTICATED_GROUP, TENANT_ADMINS_GROUP, toUpstreamIdentity } from '../../../../src/names/identity.ts';
import { createJsonClient } from '../../../../src/upstream/json-client.ts';
import type { UpstreamClient, UpstreamRequest } from '../../../../src/upstream/upstream-client.ts';

/** Upstream as a tenant's user reaches it: what the gateway asserts, without the gateway's own checks. */
export function asTenant(
  admin: UpstreamClient,
  tenantId: string,
  user = 'admin',
  groups: string[] = [TENANT_ADMINS_GROUP],
): UpstreamClient {
  const upstreamGroups = groups.map((group) => toUpstreamIdentity(tenantId, group));
  return impersonating(admin, toUpstreamIdentity(tenantId, user), [...upstreamGroups, AUTHENTICATED_GROUP]);
}

export function impersonating(admin: UpstreamClient, user: string, groups: string[]): UpstreamClient {
  const with_ = (request: UpstreamRequest) => ({
    ...request,
    headers: { ...request.headers, 'impersonate-user': user, 'impersonate-group': groups },
  });
  return createJsonClient({
    request: (request) => admin.request(with_(request)),
    stream: (request) => admin.stream(with_(request)),
    close: () => undefined,
  });
}

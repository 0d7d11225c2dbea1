import { KubeError } from '../errors.ts';
import { impersonationHeaders } from '../identity/impersonation.ts';
import { encodeSegment } from '../kube/canonical-path.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import { TENANT_ADMINS_GROUP } from '../names/identity.ts';
import { toUpstreamName } from '../names/prefix.ts';
import type { AppliedOver } from '../translate/admission/applied-over.ts';
import { isJsonObject, type JsonObject } from '../translate/lossless-json.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import type { UpstreamTransport } from '../upstream/upstream-client.ts';

/** An object of a tenant's, as its admin reads it; undefined: there is none. @throws KubeError, UpstreamError */
export type ReadObject = (tenantId: string, path: string) => Promise<JsonObject | undefined>;

export interface ApplyQuestion {
  readonly tenantId: string;
  readonly request: ResourceRequest;
  readonly row: ResourceRow;
  readonly query: URLSearchParams;
  readonly contentType: string;
}

/** What an apply patch on webhooks needs to know of what is there; undefined for any other request. */
export function readAppliedOver(
  { tenantId, request, row, query, contentType }: ApplyQuestion,
  { readObject }: { readonly readObject?: ReadObject },
): Promise<AppliedOver> | undefined {
  const { verb, group, version, resource, name = '', subresource } = request;
  const isApply = verb === 'patch' && contentType.trim().toLowerCase().startsWith('application/apply-patch');
  if (row.admission?.holder !== 'webhooks' || !isApply || subresource !== undefined) return undefined;
  if (!readObject) throw new Error('nobody can say what is applied over');
  const path = ['', 'apis', group, version, resource, toUpstreamName(tenantId, name)].map(encodeSegment).join('/');
  return readObject(tenantId, path).then((live) => ({ fieldManagers: query.getAll('fieldManager'), live }));
}

export async function readObject(
  upstream: Pick<UpstreamTransport, 'request'>,
  tenantId: string,
  path: string,
): Promise<JsonObject | undefined> {
  const admin = { role: 'tenant', tenantId, user: 'kubezoo', groups: [TENANT_ADMINS_GROUP] } as const;
  const headers = { ...impersonationHeaders(admin), accept: 'application/json' };
  const { status, body } = await upstream.request({ method: 'GET', path, headers });
  if (status === 404) return undefined;
  const object: unknown = status === 200 ? JSON.parse(body.toString('utf8')) : undefined;
  if (isJsonObject(object)) return object;
  throw new KubeError('ServiceUnavailable', 'the gateway cannot see what this is applied over, please try again', {
    retryAfterSeconds: 1,
  });
}

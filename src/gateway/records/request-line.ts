import type { SeenRequest } from './seen-request.ts';

/**
 * The fields of one line of the request log, flat, named as Kubernetes names them. Pure. Nothing of a query stands here; of paths only those
 * that are no resources'. Undefined ones are left out by whoever writes it.
 */
export function requestLine(seen: SeenRequest): Record<string, unknown> {
  const { object, user, refusal } = seen;
  return {
    time: new Date(seen.startedAt).toISOString(),
    tenant: seen.tenantId,
    user: user?.username,
    groups: user?.groups,
    impersonated: seen.impersonated?.username,
    verb: seen.verb,
    ...(object
      ? {
          group: object.apiGroup,
          version: object.apiVersion,
          resource: object.resource,
          subresource: object.subresource,
          namespace: object.namespace,
          name: object.name,
        }
      : { path: seen.path }),
    code: seen.code,
    count: seen.count,
    end: seen.end,
    ...(refusal && { reason: refusal.reason, message: refusal.message }),
    seconds: Math.round(seen.seconds * 1e6) / 1e6,
    requestBytes: seen.requestBytes,
    responseBytes: seen.responseBytes,
    local: seen.isLocal || undefined,
    userAgent: seen.userAgent,
    clientAddress: seen.clientAddress,
    auditId: seen.auditId,
    traceId: seen.traceId,
  };
}

import type { Attributes } from '@opentelemetry/api';
import type { ExchangeRecord } from './exchange-record.ts';

/**
 * What the last span of an exchange says of it, in the tenant's own words, so that traces can be found by it: a tenant's, a kind's, all that were refused for one reason.
 * By `kubezoo.audit_id` the trace is found of which a client tells the header `Audit-Id`.
 * `error.type` is the reason of the Status, as OpenTelemetry's conventions want it: of few values.
 */
export function traceAttributesOf({ tenantId, caller, auditId, request, verb, code, end, refusal }: ExchangeRecord): Attributes {
  const asked = request?.type === 'resource' ? request : undefined;
  return {
    ...(tenantId !== undefined && { 'kubezoo.tenant': tenantId }),
    ...(caller && { 'user.name': caller.identity.user }),
    'kubezoo.audit_id': auditId,
    'kubezoo.verb': asked?.verb ?? verb,
    ...(asked && { 'kubezoo.resource': resourceOf(asked) }),
    ...(asked?.namespace !== undefined && { 'kubezoo.namespace': asked.namespace }),
    ...(end !== 'whole' && { 'kubezoo.end': end }),
    ...(refusal && { 'error.type': refusal.reason }),
    'http.response.status_code': code,
  };
}

/** As kubectl and RBAC write it: `pods`, `pods/log`, `deployments.apps`. */
function resourceOf({ resource, group, subresource }: { resource: string; group: string; subresource: string | undefined }): string {
  return `${resource}${group && `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
}

import { MAX_INFLIGHT_ANNOTATION, type Tenant } from '../tenants/tenant.ts';

/** What a tenant without the annotation may have in flight: the apiserver's own default of --max-requests-inflight. */
export const DEFAULT_MAX_INFLIGHT = 400;

/** Reads the tenant's limit on requests in flight. A value that is no positive integer counts as absent: the Tenant API refuses such. */
export function maxInflightOf(tenant: Tenant): number {
  const text = tenant.metadata.annotations?.[MAX_INFLIGHT_ANNOTATION];
  if (text === undefined || !/^[1-9][0-9]{0,6}$/.test(text)) return DEFAULT_MAX_INFLIGHT;
  return Number(text);
}

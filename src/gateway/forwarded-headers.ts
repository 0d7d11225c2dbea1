import { impersonationHeaders } from '../identity/impersonation.ts';
import type { TenantIdentity } from '../local/local-request.ts';
import type { HeaderChanges, HeaderView } from './headers.ts';

/**
 * What a client may not say to upstream in the gateway's name. Without `x-forwarded-proto` Envoy finds no route at all, so
 * that one goes later, by the route's own request_headers_to_remove.
 */
const NEVER_FORWARDED = /^(impersonate-|x-remote-|x-forwarded-(?!proto$)|x-original-|x-envoy-|x-kubezoo-)/;
const NEVER_FORWARDED_NAMES = new Set(['authorization', 'forwarded', 'audit-id', 'x-real-ip']);

/**
 * Takes off the client's own identity headers, and puts on who it is upstream.
 *
 * @param bearerToken the gateway's own credential, where upstream is not reached by a client certificate
 */
export function impersonate(changes: HeaderChanges, headers: HeaderView, identity: TenantIdentity, bearerToken: string | undefined): void {
  for (const header of new Set(headers.names())) {
    if (NEVER_FORWARDED.test(header) || NEVER_FORWARDED_NAMES.has(header)) changes.remove(header);
  }
  for (const [header, values] of Object.entries(impersonationHeaders(identity))) changes.setAll(header, values);
  if (bearerToken) changes.set('authorization', `Bearer ${bearerToken}`);
}

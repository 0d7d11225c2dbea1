/** What of an answer is neither JSON nor a stream: texts and headers that may name upstream's names. */
import { ownsUpstreamName, toTenantName } from '../names/prefix.ts';
import { textToTenant } from '../names/text.ts';

/** An error in plain text, such as a node's or a proxy's. */
export function plainTextToTenant(tenantId: string, text: string): string {
  return textToTenant(tenantId, text);
}

/** The value of a `Warning` header (RFC 7234, 5.5), one or several with commas between them. */
export function warningToTenant(tenantId: string, warning: string): string {
  return textToTenant(tenantId, warning);
}

/**
 * The value of a `Location` header. Only the namespace of an API path is translated: what follows belongs to the server
 * behind a proxied request, as do locations that are no API paths. Upstream's own host is left out.
 */
export function locationToTenant(tenantId: string, location: string): string {
  const match = /^(?:https?:\/\/[^/?#]*)?(\/(?:api\/[^/?#]+|apis\/[^/?#]+\/[^/?#]+)\/namespaces\/)([^/?#]+)(.*)$/s.exec(location);
  const [, path, upstreamNamespace, rest] = match ?? [];
  if (upstreamNamespace === undefined || !ownsUpstreamName(tenantId, upstreamNamespace)) return location;
  return `${path}${toTenantName(tenantId, upstreamNamespace)}${rest}`;
}

import { parseServiceAccountUser } from '../names/identity.ts';
import { tenantIdOfUpstreamName } from '../names/prefix.ts';

/**
 * Of which tenant a ServiceAccount token says it is, unverified: good for knowing whom to ask, never for an identity.
 *
 * @returns undefined for what is no JWT (RFC 7519), or of nobody in a tenant's namespace
 */
export function tenantIdOfToken(token: string): string | undefined {
  const [, payload, signature, ...rest] = token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined;
  try {
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown };
    const account = typeof sub === 'string' ? parseServiceAccountUser(sub) : undefined;
    return account && tenantIdOfUpstreamName(account.namespace);
  } catch {
    return undefined;
  }
}

import { parseSubject } from '../certs/subject.ts';
import type { Identity } from '../local/local-request.ts';
import { isTenantId } from '../names/tenant-id.ts';
import { isHeaderSafe } from './impersonation.ts';

/** Subjects seen lately: a certificate says the same thing on every request. Bounded; when full, begun anew. */
const CACHE_SIZE = 10_000;
const cache = new Map<string, Identity | undefined>();

/**
 * Tenants: `OU=<id>, CN=<id>:<user>, O=<id>:<group>…`, every CN and O under the id, so that where upstream trusts the
 * same CA the certificate names nobody there. The operator: the configured group as O, and no OU.
 *
 * @param subject RFC 2253 text
 * @returns the identity in the tenant's spelling; undefined for any other certificate
 */
export function identityOfCertificate(subject: string, operatorGroup: string): Identity | undefined {
  const key = `${operatorGroup}\n${subject}`;
  if (cache.has(key)) return cache.get(key);
  const identity = readSubject(subject, operatorGroup);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, identity);
  return identity;
}

function readSubject(subject: string, operatorGroup: string): Identity | undefined {
  let parsed: ReturnType<typeof parseSubject>;
  try {
    parsed = parseSubject(subject);
  } catch {
    // A subject that cannot be read names nobody.
    return undefined;
  }
  const { commonName, organizations, organizationalUnits } = parsed;
  if (!commonName) return undefined;
  if (organizationalUnits.length === 0) {
    return organizations.includes(operatorGroup) ? { role: 'operator', user: commonName, groups: organizations } : undefined;
  }
  const [tenantId] = organizationalUnits;
  if (organizationalUnits.length !== 1 || !tenantId || !isTenantId(tenantId)) return undefined;
  const user = underTenant(tenantId, commonName);
  const groups = organizations.map((organization) => underTenant(tenantId, organization));
  // `system:` names are given by Kubernetes (ServiceAccounts, system:authenticated), not by certificates.
  if (user === undefined || user.startsWith('system:')) return undefined;
  if (!groups.every((group) => group !== undefined && !group.startsWith('system:'))) return undefined;
  return { role: 'tenant', tenantId, user, groups: groups as string[] };
}

function underTenant(tenantId: string, name: string): string | undefined {
  const own = name.startsWith(`${tenantId}:`) ? name.slice(tenantId.length + 1) : '';
  return own && isHeaderSafe(own) ? own : undefined;
}

/** Keys of labels and annotations that mean something to the platform. */
import { prefixOf } from '../../names/prefix.ts';
import type { KeyRule } from '../engine/plan.ts';
import type { JsonObject } from '../lossless-json.ts';

/** Under it are the platform's own keys: tenants neither see nor write them. */
export const RESERVED_KEY_PREFIX = 'kubezoo.io/';

export const dropReservedKey: KeyRule = (key) => (key.startsWith(RESERVED_KEY_PREFIX) ? null : key);

/**
 * The aggregation controller copies the rules of every ClusterRole so labelled into upstream's own `admin`, `edit` and
 * `view`. A tenant's label of that kind is about the tenant's roles, so its key is prefixed.
 */
const RBAC_DOMAIN = 'rbac.authorization.k8s.io/';
export const AGGREGATION = 'aggregate-to-';

export function aggregationKeyToUpstream(tenantId: string, key: string): string {
  if (!key.startsWith(RBAC_DOMAIN + AGGREGATION)) return key;
  return RBAC_DOMAIN + prefixOf(tenantId) + key.slice(RBAC_DOMAIN.length);
}

export function aggregationKeyToTenant(tenantId: string, key: string): string {
  const own = RBAC_DOMAIN + prefixOf(tenantId);
  return key.startsWith(own + AGGREGATION) ? RBAC_DOMAIN + key.slice(own.length) : key;
}

export const clusterRoleLabelToUpstream: KeyRule = (key, { tenantId }) =>
  key.startsWith(RESERVED_KEY_PREFIX) ? null : aggregationKeyToUpstream(tenantId, key);

export const clusterRoleLabelToTenant: KeyRule = (key, { tenantId }) =>
  key.startsWith(RESERVED_KEY_PREFIX) ? null : aggregationKeyToTenant(tenantId, key);

/** The same members under other keys; those whose key becomes null are left out. */
export function translateKeys(members: JsonObject, translate: (key: string) => string | null): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => {
      const translated = translate(key);
      return translated === null ? [] : [[translated, value] as const];
    }),
  );
}

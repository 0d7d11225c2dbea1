/** Keys of labels and annotations that mean something to the platform. */
import { prefixOf } from '../../names/prefix.ts';
import { PREFIX_LENGTH } from '../../names/tenant-id.ts';
import type { KeyRule } from '../engine/plan.ts';
import type { JsonObject } from '../lossless-json.ts';

/** Under it are the platform's own keys: tenants neither see nor write them. */
export const RESERVED_KEY_PREFIX = 'kubezoo.io/';

export const dropReservedKey: KeyRule = (key) => (key.startsWith(RESERVED_KEY_PREFIX) ? null : key);

/**
 * The aggregation controller copies the rules of ClusterRoles into others, chosen by labels over the whole cluster: into upstream's
 * own `admin`, `edit` and `view`, and into whatever roles the platform has of that kind. So every label of a tenant's ClusterRole
 * has the tenant in its key, `example.com/<id>-aggregate-to-x`: no selector that the platform writes means it.
 */
export function roleLabelKeyToUpstream(tenantId: string, key: string): string {
  const start = key.indexOf('/') + 1;
  return key.slice(0, start) + prefixOf(tenantId) + key.slice(start);
}

export function roleLabelKeyToTenant(tenantId: string, key: string): string {
  const start = key.indexOf('/') + 1;
  return key.startsWith(prefixOf(tenantId), start) ? key.slice(0, start) + key.slice(start + PREFIX_LENGTH) : key;
}

export const clusterRoleLabelToUpstream: KeyRule = (key, { tenantId }) =>
  key.startsWith(RESERVED_KEY_PREFIX) ? null : roleLabelKeyToUpstream(tenantId, key);

export const clusterRoleLabelToTenant: KeyRule = (key, { tenantId }) =>
  key.startsWith(RESERVED_KEY_PREFIX) ? null : roleLabelKeyToTenant(tenantId, key);

/** The same members under other keys; those whose key becomes null are left out. */
export function translateKeys(members: JsonObject, translate: (key: string) => string | null): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => {
      const translated = translate(key);
      return translated === null ? [] : [[translated, value] as const];
    }),
  );
}

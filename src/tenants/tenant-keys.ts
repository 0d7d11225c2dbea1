/**
 * What is kept in etcd for a tenant beside its Tenant: keys `<prefix><kind>/<id>` and `<prefix><kind>/<id>/…`. Whoever keeps another kind
 * adds it here, and it goes with the tenant. A list, and no search for the id: a replica or a lease may be called the same.
 */
export const TENANT_KEYS: readonly string[] = ['quota'];

/** Ranges of keys, end exclusive, that hold all that is kept for the tenant. `prefix` is the product's, with its slash. */
export function keyRangesOf(prefix: string, tenantId: string): { start: Buffer; end: Buffer }[] {
  return TENANT_KEYS.flatMap((kind) => {
    const key = `${prefix}${kind}/${tenantId}`;
    // The very key; and all below it: '0' is the character behind '/'.
    return [
      { start: Buffer.from(key), end: Buffer.from(`${key}\0`) },
      { start: Buffer.from(`${key}/`), end: Buffer.from(`${key}0`) },
    ];
  });
}

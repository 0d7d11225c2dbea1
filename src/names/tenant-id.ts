/** A tenant's id: the six characters that every upstream name of the tenant begins with, before a dash. */

export const TENANT_ID_LENGTH = 6;
/** Length of `<id>-`. Fixed, so that ownership is one comparison and length budgets are constants. */
export const PREFIX_LENGTH = TENANT_ID_LENGTH + 1;
export const TENANT_ID_PATTERN = /^[a-z0-9][a-z0-9-]{4}[a-z0-9]$/;

/**
 * Ids whose prefix is a beginning that platform namespaces and cluster-scoped objects commonly have
 * (`calico-system`, `system-…`): a tenant of that name would adopt them.
 */
const RESERVED_TENANT_IDS: ReadonlySet<string> = new Set([
  'system',
  'calico',
  'cilium',
  'istio-',
  'kyvern',
  'kubezo',
  'knativ',
  'nodepo',
  'rancher'.slice(0, TENANT_ID_LENGTH),
  'harbor',
  'traefi',
  'tigera',
  'velero',
  'ingres',
  'nvidia',
  'argocd',
  'kubeap',
  'vsphere'.slice(0, TENANT_ID_LENGTH),
]);

export function isTenantId(text: string): boolean {
  return TENANT_ID_PATTERN.test(text);
}

export function isReservedTenantId(tenantId: string): boolean {
  return RESERVED_TENANT_IDS.has(tenantId);
}

/** What the quota of a tenant is called upstream. The names of the two objects are reserved: no tenant's user may write one. */

/** In each namespace: shows the tenant its limits, `spec.hard` being those of the Tenant. */
export const VISIBLE_QUOTA = 'kubezoo-tenant';
/** In each namespace: the part of the limits that the namespace may use by now. */
export const SHARE_QUOTA = 'kubezoo-share';
/** Label of a namespace whose share is in force; nothing can be created in one of a tenant with quota before. */
export const QUOTA_LABEL = 'kubezoo.io/quota';
export const QUOTA_READY = 'ready';
/** On both objects. */
export const QUOTA_OBJECT_LABEL = 'kubezoo.io/quota-object';
/** Shown to the tenant: what it uses in all namespaces together. */
export const USED_ANNOTATION = 'quota.kubezoo/used';
/** Written with each lowering of a share, so that it is a write even where nothing is lower. */
export const LOWERED_ANNOTATION = 'kubezoo.io/quota-lowered';

/** Which tenants have a quota: parameters of the policy that keeps namespaces shut until their share is there. */
export const GATE_NAMESPACE = 'kube-system';
export const GATE_CONFIG_MAP = 'kubezoo-quota';
export const GATE_PATH = `/api/v1/namespaces/${GATE_NAMESPACE}/configmaps/${GATE_CONFIG_MAP}`;
export const GATE_POLICY = 'kubezoo-quota-gate';
export const QUOTA_WEBHOOK = 'quota.kubezoo.io';

export function ledgerKey(tenantId: string): string {
  return `quota/${tenantId}/ledger`;
}

/** Keys of what is being created of a cluster-scoped kind. */
export function pendingPrefix(tenantId: string, resource: string): string {
  return `quota/${tenantId}/pending/${resource}/`;
}

/** All that is kept in etcd of a tenant's quota. */
export function quotaPrefix(tenantId: string): string {
  return `quota/${tenantId}/`;
}

export function quotaPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/resourcequotas/${name}`;
}

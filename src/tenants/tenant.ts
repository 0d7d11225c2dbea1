/** The Tenant object, `tenant.kubezoo.io/v1alpha1`: what the platform's operator writes, and what the controller reports. */

export const TENANT_GROUP = 'tenant.kubezoo.io';
export const TENANT_VERSION = 'v1alpha1';
export const TENANT_API_VERSION = `${TENANT_GROUP}/${TENANT_VERSION}`;
export const TENANT_FINALIZER = 'kubezoo.io/tenant';
export const KUBECONFIG_ANNOTATION = 'kubezoo.io/tenant.kubeconfig.base64';
export const MAX_INFLIGHT_ANNOTATION = 'tce.kubezoo/max-requests-inflight';
/** On upstream objects: whose they are. Hidden from tenants, as all keys under `kubezoo.io/` are. */
export const TENANT_LABEL = 'kubezoo.io/tenant';

export interface TenantCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export interface ObjectMeta {
  name: string;
  generateName?: string;
  uid?: string;
  /** The etcd revision of the last write, decimal. */
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  ownerReferences?: unknown[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: unknown[];
}

export interface Tenant {
  apiVersion: typeof TENANT_API_VERSION;
  kind: 'Tenant';
  metadata: ObjectMeta;
  spec: Record<string, unknown>;
  status?: {
    phase?: 'Pending' | 'Ready' | 'Terminating';
    conditions?: TenantCondition[];
    observedGeneration?: number;
  };
}

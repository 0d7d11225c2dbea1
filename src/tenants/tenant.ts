/** The Tenant object, `tenant.kubezoo.io/v1alpha1`: what the platform's operator writes, and what the controller reports. */

export const TENANT_GROUP = 'tenant.kubezoo.io';
export const TENANT_VERSION = 'v1alpha1';
export const TENANT_API_VERSION = `${TENANT_GROUP}/${TENANT_VERSION}`;
export const TENANT_FINALIZER = 'kubezoo.io/tenant';
export const KUBECONFIG_ANNOTATION = 'kubezoo.io/tenant.kubeconfig.base64';
/** Short forms of `spec.limits`, which goes before them. */
export const MAX_INFLIGHT_ANNOTATION = 'tce.kubezoo/max-requests-inflight';
export const REQUESTS_PER_SECOND_ANNOTATION = 'tce.kubezoo/requests-per-second';
export const BURST_ANNOTATION = 'tce.kubezoo/burst';
export const MAX_LONG_RUNNING_ANNOTATION = 'tce.kubezoo/max-long-running';
/** Seconds, in the place of the configuration's `removal.finalizerGracePeriodSeconds`. */
export const FINALIZER_GRACE_ANNOTATION = 'kubezoo.io/finalizer-grace-period-seconds';
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

/** What a tenant may ask of the gateway, over all of its replicas. What is absent is the configuration's default. */
export interface TenantLimits {
  /** Requests under way at a time; long-running ones are not counted. */
  maxRequestsInflight?: number;
  /** Refill of the token bucket. */
  requestsPerSecond?: number;
  /** Size of the token bucket. */
  burst?: number;
  /** Watches, exec, attach, port-forward, proxy and `logs -f` at a time. */
  maxLongRunning?: number;
}

/** `ReadOnly`: nothing is written and nothing entered. `Frozen`: nothing is answered at all. */
export type SuspensionMode = 'ReadOnly' | 'Frozen';

/** Credentials that are worth nothing any more: those of `user` (or of everybody) made before `before`, or one certificate. */
export interface Revocation {
  /** In the tenant's spelling; absent: everybody's. */
  user?: string;
  /** RFC 3339, to the millisecond. */
  before?: string;
  /** Number of one certificate, as `kubezoo tenant kubeconfig` tells it. */
  certificate?: string;
}

export interface TenantSpec {
  limits?: TenantLimits;
  /** Keys of ResourceQuota's `spec.hard`, with quantities; they count over all namespaces of the tenant. */
  quota?: { hard?: Record<string, string | number> };
  suspension?: { mode: SuspensionMode; reason?: string };
  /** Name of one of the configured upstream clusters; absent: the first. Never changes. */
  upstream?: string;
  revocations?: Revocation[];
}

/** How far the removal of a deleted tenant is. Kinds as kubectl spells them in full (`configmaps`, `deployments.apps`), upstream's names. */
export interface RemovalStatus {
  /** When everything was asked to go; the grace period counts from here. */
  startedAt?: string;
  /** Objects that the tenant was seen to own since its deletion. */
  found?: Record<string, number>;
  /** Those that were there at the last look. */
  remaining?: Record<string, number>;
  /** Finalizers that were taken off because nobody did. */
  finalizersCleared?: number;
  /** The last look at everything, which found nothing: how many kinds were listed, and keys in etcd looked for. */
  proof?: { time: string; kinds: number; keyRanges: number };
}

export interface Tenant {
  apiVersion: typeof TENANT_API_VERSION;
  kind: 'Tenant';
  metadata: ObjectMeta;
  spec: TenantSpec;
  status?: {
    phase?: 'Pending' | 'Ready' | 'Terminating';
    conditions?: TenantCondition[];
    observedGeneration?: number;
    /** Upstream's, from before anything of the tenant's was there: see beginning.ts. */
    firstResourceVersion?: string;
    /** The admin's certificate, as it stands in the kubeconfig. */
    credentials?: {
      /** RFC 3339. */
      notAfter: string;
      /** By which it can be revoked. */
      certificate?: string;
    };
    removal?: RemovalStatus;
    /** What of `spec.quota.hard` is used in all namespaces together. */
    quota?: { hard: Record<string, string>; used: Record<string, string> };
  };
}

import type { RemovalStatus, Tenant } from '../../tenants/tenant.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import type { ConditionType } from '../conditions.ts';

/** What tenants' credentials are made of. */
export interface CredentialSettings {
  /** The gateway's URL, as tenants reach it. */
  readonly gatewayUrl: string;
  /** PEM files: the CA of the gateway's serving certificate, and the CA that signs tenants' certificates with its key. */
  readonly servingCaFile: string;
  readonly clientCaFile: string;
  readonly clientCaKeyFile: string;
  /** How long the admin's certificate is valid, and what is left of it when it is renewed: see config.ts. */
  readonly certificates?: { readonly validitySeconds: number; readonly renewBeforeSeconds?: number } | undefined;
  /** Where kubeconfigs are also written to, if anywhere. */
  readonly kubeconfigDir?: string | undefined;
  /** Where pods reach the gateway, if they are to, and the PEM file of the CA that they verify it by; none: `servingCaFile`. */
  readonly inCluster?: { readonly host: string; readonly port: number; readonly caFile?: string | undefined } | undefined;
}

export interface StepContext {
  /** As stored; its name is the tenant's id. */
  readonly tenant: Tenant;
  readonly tenantId: string;
  readonly upstream: UpstreamClient;
  readonly credentials: CredentialSettings;
  /** Whether the policies that confine tenants are known to work. */
  readonly platformInstalled: () => boolean;
  /** Whether upstream's policy refuses the tenant's writes. */
  readonly suspendedUpstream: boolean;
  /** What is kept in etcd for the tenant beside its Tenant. */
  readonly keys: { count(): Promise<number>; remove(): Promise<void> };
  /** How long finalizers are waited for when a tenant is removed, unless its annotation says otherwise. */
  readonly finalizerGraceSeconds: number;
}

export type Outcome =
  | {
      readonly state: 'done';
      /** Annotations that the Tenant is to carry. */
      readonly annotations?: Readonly<Record<string, string>>;
      /** Fields of the Tenant's status that this step speaks for. */
      readonly status?: Partial<NonNullable<Tenant['status']>>;
      /** It does not stay done by itself: to be run again after this time at the latest. */
      readonly againAfterMs?: number;
      readonly removal?: RemovalStatus;
    }
  /** Upstream has to do its part first; ask again after `retryAfterMs` at the latest. */
  | {
      readonly state: 'waiting';
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs: number;
      /** What a step of the removal has seen. */
      readonly removal?: RemovalStatus;
    };

/**
 * One thing that is to be true of a tenant. It may be run at any time and any number of times, may be cut off anywhere,
 * and run again ends in the same state.
 */
export interface Step {
  readonly name: string;
  /** The condition of the Tenant that reports it. */
  readonly condition: ConditionType;
  run(context: StepContext): Promise<Outcome>;
}

export const DONE = { state: 'done' } as const satisfies Outcome;

import type { Authority } from '../certs/authority.ts';
import type { TenantStore } from '../tenants/store.ts';

export interface CertificateDeps {
  /** The CA that signs them, with its key. Rejects with fs's errors. */
  readonly authority: () => Promise<Authority>;
  /** The longest that one is valid from now on. */
  readonly validitySeconds: () => number;
}

export interface TenantApiDeps {
  /** Name of something in that cluster (undefined: the first) that begins with `<id>-` already (a namespace, a cluster-scoped object), or undefined. */
  upstreamHoldsPrefix(tenantId: string, upstreamName: string | undefined): Promise<string | undefined>;
  /** What `spec.upstream` may be. Without it, anything. */
  readonly upstreamNames?: readonly string[];
  /** Makes tenants' certificates; absent: none are made here. */
  readonly certificates?: CertificateDeps;
  /** What `/version` says. Without it that path is left to other handlers. */
  readonly version?: object;
  readonly now?: () => Date;
}

export interface TenantApiContext {
  readonly store: TenantStore;
  readonly deps: TenantApiDeps;
  readonly now: () => Date;
}

/** RFC 3339 to the second, as Kubernetes writes times. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

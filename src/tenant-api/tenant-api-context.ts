import type { TenantStore } from '../tenants/store.ts';

export interface TenantApiDeps {
  /** Name of something in that cluster (undefined: the first) that begins with `<id>-` already (a namespace, a cluster-scoped object), or undefined. */
  upstreamHoldsPrefix(tenantId: string, upstreamName: string | undefined): Promise<string | undefined>;
  /** What `spec.upstream` may be. Without it, anything. */
  readonly upstreamNames?: readonly string[];
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

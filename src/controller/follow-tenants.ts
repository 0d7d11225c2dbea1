import { StoreError, type TenantStore } from '../tenants/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { pause } from '../upstream/pause.ts';

const RETRY_MS = 500;

export interface TenantHandlers {
  /** Told of every change, for metrics; undefined: it is gone. */
  onSeen?(tenantId: string, tenant: Tenant | undefined): void;
  /** Others are passed over. */
  isOurs(tenant: Tenant): boolean;
  /** There is this tenant, new or changed in something that asks for work. */
  onChange(tenantId: string, tenant: Tenant): void;
  onGone(tenantId: string): void;
  /** All is told anew from here on. */
  onRestart(): void;
  /** All that there were have been told; comes again and again. */
  onComplete(): void;
  onError(thrown: unknown): void;
}

/** Follows the store until the signal aborts, through whatever happens to it. */
export async function followTenants(store: TenantStore, handlers: TenantHandlers, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      handlers.onRestart();
      for await (const event of store.watch(undefined, signal)) {
        if (event.type === 'BOOKMARK') {
          handlers.onComplete();
          continue;
        }
        if (!handlers.isOurs(event.tenant)) continue;
        const { name } = event.tenant.metadata;
        handlers.onSeen?.(name, event.type === 'DELETED' ? undefined : event.tenant);
        if (event.type === 'DELETED') handlers.onGone(name);
        else if (event.type !== 'MODIFIED' || asksForWork(event.previous, event.tenant)) handlers.onChange(name, event.tenant);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!(thrown instanceof StoreError && thrown.reason === 'Expired')) handlers.onError(thrown);
    }
    await pause(RETRY_MS, signal);
  }
}

/** A change of the status alone is as a rule our own. */
function asksForWork(before: Tenant, after: Tenant): boolean {
  return essence(before) !== essence(after);
}

function essence({ metadata, spec }: Tenant): string {
  return JSON.stringify([spec, metadata.deletionTimestamp, metadata.finalizers, metadata.annotations, metadata.generation]);
}

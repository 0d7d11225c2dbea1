import type { Tenant } from '../../tenants/tenant.ts';
import type { WorkQueue } from '../queue.ts';

type Phase = 'Pending' | 'Ready' | 'Terminating';

/** What there is to see of one cluster's loop while it runs. */
export class LoopState {
  readonly queues = new Map<string, Pick<WorkQueue, 'standing'>>();
  isPlatformInstalled: () => boolean = () => false;
  readonly #tenants = new Map<string, { readonly phase: Phase; readonly deletedAt: number | undefined }>();

  /** @param tenant undefined: it is gone */
  note(tenantId: string, tenant: Tenant | undefined): void {
    if (!tenant) {
      this.#tenants.delete(tenantId);
      return;
    }
    const { deletionTimestamp } = tenant.metadata;
    const deletedAt = deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp);
    this.#tenants.set(tenantId, { deletedAt, phase: deletedAt === undefined ? (tenant.status?.phase ?? 'Pending') : 'Terminating' });
  }

  /** All are told anew. */
  restart(): void {
    this.#tenants.clear();
  }

  phases(): ReadonlyMap<Phase, number> {
    const counts = new Map<Phase, number>();
    for (const { phase } of this.#tenants.values()) counts.set(phase, (counts.get(phase) ?? 0) + 1);
    return counts;
  }

  oldestRemovalSeconds(now = Date.now()): number {
    let oldest = now;
    for (const { deletedAt } of this.#tenants.values()) if (deletedAt !== undefined && deletedAt < oldest) oldest = deletedAt;
    return (now - oldest) / 1000;
  }
}

import { Gauge, type Registry } from 'prom-client';
import { renewalOf } from '../../certs/renewal.ts';
import type { Config } from '../../config/config.ts';
import type { TenantSnapshot } from '../../tenants/snapshot.ts';

type CertificateState = 'current' | 'due' | 'expired';

/** Counts, and no series for a tenant. */
export function registerTenantMetrics(
  registry: Registry,
  tenants: Pick<TenantSnapshot, 'all'>,
  certificates: Config['certificates'],
  now: () => number = Date.now,
): void {
  new Gauge({
    name: 'kubezoo_tenants',
    help: 'Tenants that this gateway knows',
    registers: [registry],
    collect() {
      this.set(tenants.all().length);
    },
  });
  new Gauge({
    name: 'kubezoo_tenant_certificates',
    help: 'Certificates of tenants’ admins: current, due to be renewed by the controller, or expired',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const counts: Record<CertificateState, number> = { current: 0, due: 0, expired: 0 };
      for (const { metadata, status } of tenants.all()) {
        // Nobody renews those of a tenant that is going.
        if (!status?.credentials || metadata.deletionTimestamp) continue;
        counts[stateOf(Date.parse(status.credentials.notAfter), certificates, now())]++;
      }
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
}

/** One that the CA's own end cut short may be called due too early. */
function stateOf(notAfter: number, { validitySeconds, renewBeforeSeconds }: Config['certificates'], now: number): CertificateState {
  if (now >= notAfter) return 'expired';
  return now >= renewalOf(notAfter - validitySeconds * 1000, notAfter, renewBeforeSeconds) ? 'due' : 'current';
}

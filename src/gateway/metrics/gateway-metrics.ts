/** What one thread of a gateway tells beside what all of them count. */
import { Gauge, type Registry } from 'prom-client';
import { certificatesOf } from '../../config/certificates-of-config.ts';
import type { Config } from '../../config/config.ts';
import type { EffectiveLimits } from '../../limits/effective-limits.ts';
import type { Limits } from '../../limits/limits.ts';
import { registerCertificateMetrics } from '../../telemetry/certificate-metrics.ts';
import { registerLimitMetrics } from '../../telemetry/limit-metrics.ts';
import { registerProcessMetrics } from '../../telemetry/metrics.ts';
import type { TenantSnapshot } from '../../tenants/snapshot.ts';
import { registerStoreMetrics } from './store-metrics.ts';
import { registerTenantMetrics } from './tenant-metrics.ts';

export interface GatewayMetricsDeps {
  readonly config: Config;
  readonly tenants: TenantSnapshot;
  readonly limits: Limits;
  /** Undefined for a tenant that is gone. */
  readonly limitsOf: (tenantId: string) => EffectiveLimits | undefined;
  readonly isReady: () => boolean;
}

export function registerGatewayMetrics(registry: Registry, { config, tenants, limits, limitsOf, isReady }: GatewayMetricsDeps): void {
  registerProcessMetrics(registry);
  registerLimitMetrics(registry, limits, { limitsOf, named: config.metrics.tenants });
  registerStoreMetrics(registry, tenants);
  registerTenantMetrics(registry, tenants, config.certificates);
  registerCertificateMetrics(registry, certificatesOf(config));
  new Gauge({
    name: 'kubezoo_ready',
    help: 'Whether /readyz says yes',
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0);
    },
  });
}

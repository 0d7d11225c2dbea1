/** The operator's page, with all that it looks at. */
import manifest from '../../package.json' with { type: 'json' };
import type { Hub } from '../collections/watch/hub.ts';
import type { Config } from '../config/config.ts';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import type { Limits } from '../limits/limits.ts';
import { lookAtEtcd } from '../operator-page/looks/etcd-records.ts';
import { lookAtCertificates } from '../operator-page/looks/platform-certificates.ts';
import { lookAtUpstream } from '../operator-page/looks/upstream-version.ts';
import { Watched } from '../operator-page/looks/watched.ts';
import { type GatewayFacts, overviewOf } from '../operator-page/overview.ts';
import type { RefusalLog } from '../operator-page/refusal-log.ts';
import { createOperatorPage, type PageHandler } from '../operator-page/serve-page.ts';
import { tenantRowOf } from '../operator-page/tenant-row.ts';
import { connectEtcd } from '../tenants/etcd-client.ts';
import type { TenantSnapshot } from '../tenants/snapshot.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Upstreams } from './upstreams.ts';

const LOOK_MS = 5_000;
const CERTIFICATES_MS = 60_000;

export interface OperatorPageDeps {
  readonly config: Config;
  readonly tenants: TenantSnapshot;
  readonly limits: Limits;
  readonly limitsOf: (tenant: Tenant) => EffectiveLimits;
  readonly upstreams: Upstreams;
  readonly hubs: () => readonly Hub[];
  readonly refusals: RefusalLog;
  readonly notReady: () => string | undefined;
}

export function openOperatorPage(deps: OperatorPageDeps): { readonly handle: PageHandler; close(): void } {
  const { config, tenants, limits, limitsOf, refusals } = deps;
  const startedAt = Date.now();
  const client = connectEtcd(config.etcdEndpoints, config.etcd);
  const etcd = new Watched(() => lookAtEtcd(client, config.etcdPrefix), LOOK_MS);
  const certificates = new Watched(() => lookAtCertificates(config), CERTIFICATES_MS);
  const upstreams = deps.upstreams.all.map(({ name, client }) => ({ name, watched: new Watched(() => lookAtUpstream(client), LOOK_MS) }));
  const rowOf = (tenant: Tenant) => {
    const { name } = tenant.metadata;
    const effective = limitsOf(tenant);
    const standing = { use: limits.useOf(name), limits: effective, tokens: limits.tokensOf(name, effective) };
    return tenantRowOf(tenant, standing, config.upstreamName);
  };
  const handle = createOperatorPage({
    clients: config.operatorPage.clients,
    overview(query) {
      const all = tenants.all();
      return overviewOf(
        {
          now: Date.now(),
          tenants: all.map(rowOf),
          tenantsBehindSince: tenants.behindSince,
          refusals,
          upstreams: upstreams.map(({ name, watched }) => ({ name, sight: watched.sight })),
          etcd: etcd.sight,
          certificates: certificates.sight?.value ?? [],
          gateway: factsOf(deps, startedAt),
        },
        query,
        lastChangeOf(all),
      );
    },
  });
  return {
    handle,
    close() {
      for (const watched of [etcd, certificates, ...upstreams.map((one) => one.watched)]) watched.close();
      client.close();
    },
  };
}

function factsOf({ config, hubs, notReady }: OperatorPageDeps, startedAt: number): GatewayFacts {
  const streams = hubs().flatMap((hub) => [...hub.streams()]);
  return {
    version: manifest.version,
    node: process.version,
    startedAt,
    workers: config.workers,
    url: config.gatewayUrl,
    notReady: notReady(),
    sharedWatches: streams.length,
    watchClients: streams.reduce((sum, stream) => sum + [...stream.subscribers()].length, 0),
    jaeger: config.tracing?.jaegerUrl,
  };
}

function lastChangeOf(tenants: readonly Tenant[]): string | undefined {
  let last: string | undefined;
  for (const { status } of tenants) {
    for (const { lastTransitionTime } of status?.conditions ?? []) if (!last || lastTransitionTime > last) last = lastTransitionTime;
  }
  return last;
}

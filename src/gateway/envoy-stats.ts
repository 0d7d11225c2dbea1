/** Envoy's health and what it counts, for probes and Prometheus, without its other admin endpoints: those end it, or change it. */

import type { BootstrapConfig } from './envoy-bootstrap.ts';

export interface EnvoyStats {
  /** `host:port` to listen on. */
  readonly address: string;
  /** Unix socket of the admin endpoints. */
  readonly adminSocket: string;
  /** `host:port` of the sidecar's admin endpoints: the part of them that may be read is there, too. */
  readonly sidecarAddress?: string | undefined;
}

const ADMIN_CLUSTER = 'envoy_admin';
const SIDECAR_CLUSTER = 'sidecar_admin';
/** What anybody may read, by the cluster that tells it. Not the sidecar's page, which tells of tenants. */
export const READABLE: Readonly<Record<string, readonly string[]>> = {
  [ADMIN_CLUSTER]: ['/ready', '/stats/prometheus'],
  [SIDECAR_CLUSTER]: ['/metrics', '/readyz', '/livez'],
};

export function addStats(config: BootstrapConfig, { address, adminSocket, sidecarAddress }: EnvoyStats): void {
  const { listeners, clusters } = config.static_resources;
  listeners.push({
    name: 'stats',
    address: socketAddress(address),
    filter_chains: [
      {
        filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(sidecarAddress !== undefined) }],
      },
    ],
  });
  clusters.push({
    name: ADMIN_CLUSTER,
    type: 'STATIC',
    load_assignment: {
      cluster_name: ADMIN_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: adminSocket } } } }] }],
    },
  });
  if (sidecarAddress === undefined) return;
  clusters.push({
    name: SIDECAR_CLUSTER,
    type: 'STATIC',
    load_assignment: {
      cluster_name: SIDECAR_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(sidecarAddress) } }] }],
    },
  });
}

function socketAddress(address: string): object {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { socket_address: { address: host, port_value: Number(address.slice(colon + 1)) } };
}

function connectionManager(withSidecar: boolean) {
  return {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'stats',
    // What routes compare is what the admin endpoints get.
    normalize_path: true,
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
    route_config: {
      name: 'stats',
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          // By these alone, and read only: `/quitquitquit` is a POST to the same endpoints.
          routes: [...routesTo(ADMIN_CLUSTER), ...(withSidecar ? routesTo(SIDECAR_CLUSTER) : [])],
        },
      ],
    },
  };
}

function routesTo(cluster: string) {
  const headers = [{ name: ':method', string_match: { exact: 'GET' } }];
  return READABLE[cluster]!.map((path) => ({ match: { path, headers }, route: { cluster } }));
}

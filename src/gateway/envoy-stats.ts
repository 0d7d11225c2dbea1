/** Envoy's health and what it counts, for probes and Prometheus, without its other admin endpoints: those end it, or change it. */

import type { BootstrapConfig } from './envoy-bootstrap.ts';

export interface EnvoyStats {
  /** `host:port` to listen on. */
  readonly address: string;
  /** Unix socket of the admin endpoints. */
  readonly adminSocket: string;
}

export const ADMIN_CLUSTER = 'envoy_admin';
/** Of the admin endpoints, what anybody may read. */
export const READABLE = ['/ready', '/stats/prometheus'];

export function addStats(config: BootstrapConfig, { address, adminSocket }: EnvoyStats): void {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const { listeners, clusters } = config.static_resources;
  listeners.push({
    name: 'stats',
    address: { socket_address: { address: host, port_value: Number(address.slice(colon + 1)) } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager() }] }],
  });
  clusters.push({
    name: ADMIN_CLUSTER,
    type: 'STATIC',
    load_assignment: {
      cluster_name: ADMIN_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: adminSocket } } } }] }],
    },
  });
}

function connectionManager() {
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
          // By these two alone, and read only: `/quitquitquit` is a POST to the same endpoints.
          routes: READABLE.map((path) => ({
            match: { path, headers: [{ name: ':method', string_match: { exact: 'GET' } }] },
            route: { cluster: ADMIN_CLUSTER },
          })),
        },
      ],
    },
  };
}

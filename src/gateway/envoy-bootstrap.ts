/** The parts of Envoy's bootstrap configuration that are changed here. */
export interface BootstrapConfig {
  layered_runtime: { layers: { static_layer: Record<string, unknown> }[] };
  static_resources: {
    listeners: Listener[];
    clusters: object[];
  };
}

interface Listener {
  readonly name: string;
  readonly address: object;
  readonly filter_chains: { filters: { name: string; typed_config: ConnectionManager }[] }[];
}

export interface ConnectionManager {
  tracing?: object;
  http_filters: { name: string; typed_config: object }[];
  route_config: { virtual_hosts: { routes: Route[] }[] };
}

export function connectionManagerOf({ static_resources: { listeners } }: BootstrapConfig): ConnectionManager {
  return listeners[0]!.filter_chains[0]!.filters[0]!.typed_config;
}

export interface Route {
  match: { headers?: { name: string; string_match: { exact: string } }[] };
  route?: { cluster: string };
}

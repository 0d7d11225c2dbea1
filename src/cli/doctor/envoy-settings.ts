/** Which settings Envoy must have, and what happens without each: `envoy/README.md` tells how that was learnt. Pure. */

import { READABLE } from '../../gateway/envoy-stats.ts';

type Node = { readonly [key: string]: unknown };

export interface WrongSetting {
  readonly setting: string;
  readonly consequence: string;
}

/** One thing that must be so of every node of a kind; of which there must be one at least. */
interface Rule {
  readonly nodes: (dump: unknown) => Node[];
  readonly holds: (node: Node, dump: unknown) => boolean;
  readonly setting: string;
  readonly consequence: string;
}

const YEAR_SECONDS = 31_536_000;
const ENOUGH_REQUESTS = 100_000;
/** Enums in their first value, and false, are left out of a dump. */
const isOff = (value: unknown) => value === undefined || value === false;

const RULES: readonly Rule[] = [
  {
    nodes: bootstraps,
    holds: (bootstrap) => runtimeOf(bootstrap)['envoy.reloadable_features.ext_proc_graceful_grpc_close'] === true,
    setting: 'ext_proc_graceful_grpc_close is not true',
    consequence: 'the connection to the sidecar drops after about a thousand requests, and those under way are answered 500',
  },
  {
    nodes: bootstraps,
    holds: (bootstrap) => secondsOf(at(bootstrap, 'grpc_async_client_manager_config', 'max_cached_entry_idle_duration')) >= YEAR_SECONDS,
    setting: 'max_cached_entry_idle_duration is below a year',
    consequence: 'a client that hangs up after a quiet minute ends Envoy, for all tenants',
  },
  {
    nodes: managers,
    holds: (manager) =>
      routesOf(manager).at(-1)?.direct_response !== undefined && at(routesOf(manager).at(-1), 'direct_response', 'status') === 503,
    setting: 'the last route is not a 503',
    consequence: 'a request that the sidecar has not seen is forwarded, untranslated',
  },
  {
    nodes: managers,
    holds: (manager) => routesOf(manager).every((route) => route.direct_response !== undefined || needsSidecar(route)),
    setting: 'a route to upstream can be had without x-kubezoo-route',
    consequence: 'a request that the sidecar has not seen is forwarded, untranslated',
  },
  {
    nodes: managers,
    holds: (manager) => {
      const text = JSON.stringify(manager.early_header_mutation_extensions ?? []);
      return ['x-kubezoo-route', 'x-kubezoo-identity'].every((header) => text.includes(JSON.stringify({ remove: header })));
    },
    setting: "a client's own x-kubezoo-* headers are not removed before routing",
    consequence: 'a client chooses its route itself',
  },
  {
    nodes: managers,
    holds: ({ forward_client_cert_details: details }) => details === undefined || details === 'SANITIZE',
    setting: 'forward_client_cert_details is not SANITIZE',
    consequence: 'a client can name the certificate that it does not have',
  },
  {
    nodes: managers,
    holds: (manager) =>
      isOff(manager.normalize_path) && isOff(manager.merge_slashes) && manager.path_with_escaped_slashes_action === 'KEEP_UNCHANGED',
    setting: 'paths are normalised (normalize_path, merge_slashes, path_with_escaped_slashes_action)',
    consequence: 'the sidecar cannot refuse what is not canonical',
  },
  {
    nodes: managers,
    holds: (manager) => secondsOf(manager.stream_idle_timeout) === 0 && routesOf(manager).every(hasNoTimeout),
    setting: 'stream_idle_timeout or a timeout of a route is not 0s',
    consequence: 'quiet watches and sessions are cut',
  },
  {
    nodes: managers,
    holds: ({ upgrade_configs: upgrades }) => ['websocket', 'SPDY/3.1'].every((type) => JSON.stringify(upgrades ?? []).includes(type)),
    setting: 'upgrades to websocket and SPDY/3.1 are not on',
    consequence: 'exec, attach and port-forward do not work',
  },
  {
    nodes: (dump) => find(dump, 'ext_proc.v3.ExternalProcessor'),
    holds: (filter) => isOff(filter.failure_mode_allow),
    setting: 'failure_mode_allow is on',
    consequence: 'requests go on when the sidecar does not answer',
  },
  {
    nodes: (dump) => find(dump, 'ext_proc.v3.ExternalProcessor'),
    holds: (filter) => filter.allow_mode_override === true && modesAreRight((filter.processing_mode ?? {}) as Node),
    setting: 'allow_mode_override is not on, or processing_mode is not request headers SEND, all else SKIP and NONE',
    consequence: 'large bodies hang, answers are not translated, or refusals for a limit become errors',
  },
  {
    nodes: managers,
    holds: (manager) => buffersWhole(manager),
    setting: 'requests are not buffered (envoy.filters.http.buffer behind ext_proc), or streams are',
    consequence: "requests of one tenant whose bodies do not end keep the apiserver's seats, and all others out; or sessions do not begin",
  },
  {
    nodes: (dump) => find(dump, 'ext_proc.v3.ExternalProcessor'),
    holds: ({ request_attributes: attributes = [] }) =>
      ['connection.mtls', 'connection.subject_peer_certificate'].every((name) => (attributes as unknown[]).includes(name)),
    setting: 'request_attributes does not have the certificate',
    consequence: 'nobody is known by a certificate',
  },
  {
    nodes: (dump) => clusters(dump).filter(carriesRequests),
    holds: (cluster) => limitOf(cluster) >= ENOUGH_REQUESTS,
    setting: `a cluster takes less than ${ENOUGH_REQUESTS} requests at a time (circuit_breakers)`,
    consequence: 'all tenants together can hold no more watches than that',
  },
  {
    nodes: (dump) => find(dump, 'UpstreamTlsContext'),
    holds: (context, dump) => validationsOf(context, dump).some(namesUpstream),
    setting: "upstream's certificate is not compared with its name (match_typed_subject_alt_names)",
    consequence: "any certificate of that CA is taken for upstream's",
  },
];

const BUFFER = 'envoy.filters.http.buffer';
const BUFFERED = /^upstream(\/|$)/;

/** All that goes upstream and is no stream. */
function buffersWhole(manager: Node): boolean {
  const filters = ((manager.http_filters ?? []) as { name?: string }[]).map(({ name }) => name);
  const isThere = filters.indexOf(BUFFER) > filters.indexOf('envoy.filters.http.ext_proc');
  const isRight = (route: Node) => {
    const isDisabled = at(route, 'typed_per_filter_config', BUFFER, 'disabled') === true;
    return routeValuesOf(route).every((value) => value.startsWith('watch') || isDisabled !== BUFFERED.test(value));
  };
  return isThere && routesOf(manager).every(isRight);
}

/** `dump`: what `/config_dump` answers. */
export function wrongSettings(dump: unknown): WrongSetting[] {
  return RULES.filter(({ nodes, holds }) => {
    const found = nodes(dump);
    return found.length === 0 || !found.every((node) => holds(node, dump));
  }).map(({ setting, consequence }) => ({ setting, consequence }));
}

/** All objects whose `@type` ends so, wherever they are: the bootstrap has the same ones as the lists of listeners and clusters. */
function find(value: unknown, type: string): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = String((value as Node)['@type'] ?? '').endsWith(type) ? [value as Node] : [];
  return [...own, ...Object.values(value).flatMap((inner) => find(inner, type))];
}

function bootstraps(dump: unknown): Node[] {
  return find(dump, 'BootstrapConfigDump').map((found) => (found.bootstrap ?? {}) as Node);
}

/** Those where clients come in. */
function managers(dump: unknown): Node[] {
  return find(dump, 'HttpConnectionManager').filter((manager) => !tellsStats(manager));
}

/** What passes on a few of the admin endpoints, to be read, and nothing else (gateway/envoy-stats.ts). */
function tellsStats(manager: Node): boolean {
  const routes = routesOf(manager);
  const isRead = ({ name, string_match: match }: Node) => name === ':method' && at(match, 'exact') === 'GET';
  return (
    routes.length > 0 &&
    routes.every(
      (route) =>
        READABLE[String(at(route, 'route', 'cluster'))]?.includes(String(at(route, 'match', 'path'))) === true &&
        ((at(route, 'match', 'headers') ?? []) as Node[]).some(isRead),
    )
  );
}

function clusters(dump: unknown): Node[] {
  const dumps = find(dump, 'ClustersConfigDump');
  return dumps.flatMap((found) =>
    [...((found.static_clusters ?? []) as Node[]), ...((found.dynamic_active_clusters ?? []) as Node[])].map(
      ({ cluster }) => cluster as Node,
    ),
  );
}

function runtimeOf(bootstrap: Node): Node {
  const layers = (at(bootstrap, 'layered_runtime', 'layers') ?? []) as Node[];
  return Object.assign({}, ...layers.map((layer) => layer.static_layer ?? {}));
}

function routesOf(manager: Node | undefined): Node[] {
  const hosts = (at(manager, 'route_config', 'virtual_hosts') ?? []) as Node[];
  return hosts.flatMap((host) => (host.routes ?? []) as Node[]);
}

function needsSidecar(route: Node): boolean {
  return routeValuesOf(route).length > 0;
}

/** Values of `x-kubezoo-route` that lead there. */
function routeValuesOf(route: Node): string[] {
  const headers = (at(route, 'match', 'headers') ?? []) as Node[];
  return headers
    .filter(({ name }) => name === 'x-kubezoo-route')
    .flatMap((header) => (at(header, 'string_match', 'exact') as string) ?? []);
}

function hasNoTimeout(route: Node): boolean {
  return route.direct_response !== undefined || secondsOf(at(route, 'route', 'timeout')) === 0;
}

/** `NONE` and `DEFAULT` of a mode are left out where they are the first of their enum. */
function modesAreRight(modes: Node): boolean {
  const isIn = (mode: string, ...wanted: unknown[]) => wanted.includes(modes[mode]);
  return (
    isIn('request_header_mode', undefined, 'DEFAULT', 'SEND') &&
    isIn('response_header_mode', 'SKIP') &&
    isIn('request_body_mode', undefined, 'NONE') &&
    isIn('response_body_mode', undefined, 'NONE') &&
    isIn('request_trailer_mode', undefined, 'DEFAULT', 'SKIP') &&
    isIn('response_trailer_mode', undefined, 'DEFAULT', 'SKIP')
  );
}

/** Others are for Envoy's own business: where it sends spans to, and fetches an issuer's keys from. */
function carriesRequests({ name }: Node): boolean {
  return /^(ext_proc|local|upstream)/.test(String(name));
}

function limitOf(cluster: Node): number {
  const [thresholds] = (at(cluster, 'circuit_breakers', 'thresholds') ?? []) as Node[];
  const limits = ['max_connections', 'max_pending_requests', 'max_requests'].map((name) => Number(thresholds?.[name] ?? 1_024));
  return Math.min(...limits);
}

/** By what a server's certificate is judged: it stands there, or in a secret that Envoy follows. */
function validationsOf(context: Node, dump: unknown): unknown[] {
  const own = at(context, 'common_tls_context') as Node | undefined;
  const combined = own?.combined_validation_context;
  const source = own?.validation_context_sds_secret_config ?? at(combined, 'validation_context_sds_secret_config');
  const secrets = find(dump, 'SecretsConfigDump').flatMap((found) => [
    ...((found.static_secrets ?? []) as Node[]),
    ...((found.dynamic_active_secrets ?? []) as Node[]),
  ]);
  const followed = secrets.filter(({ name }) => name !== undefined && name === at(source, 'name'));
  return [
    own?.validation_context,
    at(combined, 'default_validation_context'),
    ...followed.map((secret) => at(secret, 'secret', 'validation_context')),
  ];
}

function namesUpstream(validation: unknown): boolean {
  const matchers = at(validation, 'match_typed_subject_alt_names');
  return Array.isArray(matchers) && matchers.length > 0;
}

/** `31536000s` in seconds; NaN for what is no duration. */
function secondsOf(duration: unknown): number {
  return typeof duration === 'string' && duration.endsWith('s') ? Number(duration.slice(0, -1)) : Number.NaN;
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Node)[key] : undefined), value);
}

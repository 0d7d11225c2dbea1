import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parse, stringify } from 'yaml';
import type { OidcConfig } from '../config/settings/oidc.ts';
import { type BootstrapConfig, connectionManagerOf, type Route } from './envoy-bootstrap.ts';
import { addOidc } from './envoy-oidc.ts';
import { certificateSecret, type Secret, type SecretFile, trustSecret } from './envoy-secrets.ts';
import { addStats, type EnvoyStats } from './envoy-stats.ts';
import { addTracing, type EnvoyTracing } from './envoy-tracing.ts';
import { extProcSockets } from './ext-proc-sockets.ts';
import { routeOf, type UpstreamRoute } from './route.ts';

/** Where an upstream cluster is, and by what it and the gateway know each other. */
export interface EnvoyUpstream {
  readonly host: string;
  readonly port: number;
  /** Name to verify upstream's certificate against, where it is not `host`. */
  readonly serverName?: string;
  readonly caFile: string;
  /** The gateway's own client certificate; without one the sidecar sends a bearer token. */
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
}

export interface EnvoyOptions {
  readonly listenAddress: string;
  readonly listenPort: number;
  readonly servingCertFile: string;
  readonly servingKeyFile: string;
  /** PEM file of the CAs whose client certificates are identities. */
  readonly clientCaFile: string;
  /** Where the files of `EnvoyFiles.secrets` are going to be. */
  readonly secretsDir: string;
  readonly extProcSocket: string;
  /** Of the sidecar's threads. Default 1. */
  readonly workers?: number;
  readonly localSocket: string;
  readonly upstream: EnvoyUpstream;
  /** Those beside the first, by name. */
  readonly otherUpstreams?: Readonly<Record<string, EnvoyUpstream>>;
  /** Undefined: no spans. */
  readonly tracing?: EnvoyTracing | undefined;
  /** Whose tokens are verified. */
  readonly oidc?: OidcConfig | undefined;
  /** Envoy's own admin endpoints: a Unix socket, a loopback port, or neither. */
  readonly adminSocket?: string;
  readonly adminPort?: number;
  /** Undefined: what Envoy counts is told at its admin endpoints alone. */
  readonly stats?: EnvoyStats | undefined;
}

const TEMPLATE = new URL('../../envoy/envoy.yaml', import.meta.url);

/** Texts for the caller to write. */
export interface EnvoyFiles {
  /** The bootstrap file. */
  readonly bootstrap: string;
  /** To be there before Envoy starts. */
  readonly secrets: readonly SecretFile[];
}

/** `envoy/envoy.yaml` with its `${NAMES}` filled in, and the files that it refers to. Throws on a name that it does not know. */
export function renderEnvoyConfig(options: EnvoyOptions): EnvoyFiles {
  const { upstream, secretsDir, otherUpstreams = {}, oidc } = options;
  const serving = certificateSecret(secretsDir, 'serving', { certFile: options.servingCertFile, keyFile: options.servingKeyFile });
  const clients = trustSecret(secretsDir, 'trusted-clients', options.clientCaFile);
  const first = secretsOf(secretsDir, 'upstream', upstream);
  const others = Object.entries(otherUpstreams).map(([name, other]) => ({
    ...{ name, upstream: other },
    secrets: secretsOf(secretsDir, `upstream-${name}`, other),
  }));
  const values: Record<string, string> = {
    ADMIN: flow(adminOf(options)),
    LISTEN_ADDRESS: options.listenAddress,
    LISTEN_PORT: String(options.listenPort),
    SERVING_CERTIFICATE: flow(serving.source),
    TRUSTED_CLIENTS: flow(clients.source),
    EXT_PROC_ENDPOINTS: flow(extProcSockets(options.extProcSocket, options.workers ?? 1).map(pipeEndpoint)),
    LOCAL_SOCKET: options.localSocket,
    UPSTREAM_TYPE: isIP(upstream.host) ? 'STATIC' : 'STRICT_DNS',
    UPSTREAM_HOST: upstream.host,
    UPSTREAM_PORT: String(upstream.port),
    UPSTREAM_SNI: sniOf(serverNameOf(upstream)),
    UPSTREAM_TLS_HTTP1: flow(upstreamTls(first, 'http/1.1')),
    UPSTREAM_TLS_HTTP2: flow(upstreamTls(first, 'h2')),
  };
  const text = readFileSync(TEMPLATE, 'utf8').replace(/^[^#\n]*\$\{[A-Z0-9_]+\}.*$/gm, (line) =>
    line.replace(/\$\{([A-Z0-9_]+)\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`envoy.yaml: nothing is known of \${${key}}`);
      return value;
    }),
  );
  const used = [first, ...others.map(({ secrets }) => secrets)].flatMap(({ trust, certificate }) => [trust, certificate]);
  const secrets = [serving, clients, ...used].flatMap((secret) => secret?.file ?? []);
  if (others.length === 0 && !options.tracing && !oidc && !options.stats) return { bootstrap: text, secrets };
  // Comments are lost on the way.
  const config = parse(text) as BootstrapConfig;
  addUpstreams(config, others);
  if (options.tracing) addTracing(config, options.tracing);
  if (oidc) addOidc(config, oidc);
  if (options.stats) addStats(config, options.stats);
  return { bootstrap: stringify(config, { aliasDuplicateObjects: false }), secrets };
}

interface OtherUpstream {
  readonly name: string;
  readonly upstream: EnvoyUpstream;
  readonly secrets: UpstreamSecrets;
}

interface Cluster {
  name: string;
  type: string;
  load_assignment: object;
  transport_socket: { name: string; typed_config: { common_tls_context: { alpn_protocols: string[] } } };
}

/** Routes and clusters of the first upstream, once more for each other. */
function addUpstreams(config: BootstrapConfig, others: readonly OtherUpstream[]): void {
  const { routes } = connectionManagerOf(config).route_config.virtual_hosts[0]!;
  const clusters = config.static_resources.clusters as Cluster[];
  const firstRoutes = routes.filter(({ route }) => route?.cluster.startsWith('upstream'));
  const firstClusters = clusters.filter(({ name }) => name.startsWith('upstream'));
  for (const other of others) {
    // Before the last one, which is for what no sidecar has seen.
    routes.splice(-1, 0, ...firstRoutes.map((route) => routeTo(route, other.name)));
    clusters.push(...firstClusters.map((cluster) => clusterOf(cluster, other)));
  }
}

function routeTo(first: Route, name: string): Route {
  const other = structuredClone(first);
  for (const header of other.match.headers ?? []) header.string_match.exact = routeOf(header.string_match.exact as UpstreamRoute, name);
  return { ...other, route: { ...other.route, cluster: `${other.route!.cluster}/${name}` } };
}

function clusterOf(first: Cluster, { name, upstream, secrets }: OtherUpstream): Cluster {
  const { transport_socket: socket } = first;
  const [alpn] = socket.typed_config.common_tls_context.alpn_protocols;
  const clusterName = `${first.name}/${name}`;
  const address = { socket_address: { address: upstream.host, port_value: upstream.port } };
  return {
    ...first,
    name: clusterName,
    type: isIP(upstream.host) ? 'STATIC' : 'STRICT_DNS',
    load_assignment: { cluster_name: clusterName, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    transport_socket: {
      ...socket,
      typed_config: {
        ...socket.typed_config,
        sni: sniOf(serverNameOf(upstream)),
        common_tls_context: upstreamTls(secrets, alpn!),
      } as Cluster['transport_socket']['typed_config'],
    },
  };
}

function pipeEndpoint(path: string): object {
  return { endpoint: { address: { pipe: { path } } } };
}

function serverNameOf({ serverName, host }: EnvoyUpstream): string {
  return serverName ?? host;
}

/** An IP address is no server name (RFC 6066, section 3). */
function sniOf(serverName: string): string {
  return isIP(serverName) ? '' : serverName;
}

function adminOf({ adminSocket, adminPort }: EnvoyOptions): object {
  if (adminSocket) return { address: { pipe: { path: adminSocket } } };
  if (adminPort) return { address: { socket_address: { address: '127.0.0.1', port_value: adminPort } } };
  return {};
}

interface UpstreamSecrets {
  readonly trust: Secret;
  readonly certificate: Secret | undefined;
}

function secretsOf(folder: string, name: string, upstream: EnvoyUpstream): UpstreamSecrets {
  const { caFile, clientCertFile: certFile, clientKeyFile: keyFile } = upstream;
  const serverName = serverNameOf(upstream);
  return {
    trust: trustSecret(folder, `${name}-ca`, caFile, {
      // Without this Envoy takes any certificate of that CA for upstream's.
      match_typed_subject_alt_names: [{ san_type: isIP(serverName) ? 'IP_ADDRESS' : 'DNS', matcher: { exact: serverName } }],
    }),
    certificate: certFile && keyFile ? certificateSecret(folder, `${name}-client`, { certFile, keyFile }) : undefined,
  };
}

function upstreamTls({ trust, certificate }: UpstreamSecrets, alpn: string): object {
  return {
    alpn_protocols: [alpn],
    ...(certificate && { tls_certificate_sds_secret_configs: [certificate.source] }),
    validation_context_sds_secret_config: trust.source,
  };
}

/** YAML on one line, so that it can stand anywhere in the template. */
function flow(value: object): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { stringify } from 'yaml';

export interface EnvoyOptions {
  readonly listenAddress: string;
  readonly listenPort: number;
  readonly servingCertFile: string;
  readonly servingKeyFile: string;
  /** PEM file of the CA whose client certificates are identities. */
  readonly clientCaFile: string;
  readonly extProcSocket: string;
  readonly localSocket: string;
  readonly upstream: {
    readonly host: string;
    readonly port: number;
    /** Name to verify upstream's certificate against, where it is not `host`. */
    readonly serverName?: string;
    readonly caFile: string;
    /** The gateway's own client certificate; without one the sidecar sends a bearer token. */
    readonly clientCertFile?: string;
    readonly clientKeyFile?: string;
  };
  /** Envoy's own admin endpoints: a Unix socket, a loopback port, or neither. */
  readonly adminSocket?: string;
  readonly adminPort?: number;
}

const TEMPLATE = new URL('../../envoy/envoy.yaml', import.meta.url);

/** The text of Envoy's bootstrap file: `envoy/envoy.yaml` with its `${NAMES}` filled in. Throws on a name that it does not know. */
export function renderEnvoyConfig(options: EnvoyOptions): string {
  const { upstream } = options;
  const serverName = upstream.serverName ?? upstream.host;
  const values: Record<string, string> = {
    ADMIN: flow(adminOf(options)),
    LISTEN_ADDRESS: options.listenAddress,
    LISTEN_PORT: String(options.listenPort),
    SERVING_CERT_FILE: options.servingCertFile,
    SERVING_KEY_FILE: options.servingKeyFile,
    CLIENT_CA_FILE: options.clientCaFile,
    EXT_PROC_SOCKET: options.extProcSocket,
    LOCAL_SOCKET: options.localSocket,
    UPSTREAM_TYPE: isIP(upstream.host) ? 'STATIC' : 'STRICT_DNS',
    UPSTREAM_HOST: upstream.host,
    UPSTREAM_PORT: String(upstream.port),
    // An IP address is no server name (RFC 6066, section 3).
    UPSTREAM_SNI: isIP(serverName) ? '' : serverName,
    UPSTREAM_TLS_HTTP1: flow(upstreamTls(upstream, serverName, 'http/1.1')),
    UPSTREAM_TLS_HTTP2: flow(upstreamTls(upstream, serverName, 'h2')),
  };
  return readFileSync(TEMPLATE, 'utf8').replace(/^[^#\n]*\$\{[A-Z0-9_]+\}.*$/gm, (line) =>
    line.replace(/\$\{([A-Z0-9_]+)\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`envoy.yaml: nothing is known of \${${key}}`);
      return value;
    }),
  );
}

function adminOf({ adminSocket, adminPort }: EnvoyOptions): object {
  if (adminSocket) return { address: { pipe: { path: adminSocket } } };
  if (adminPort) return { address: { socket_address: { address: '127.0.0.1', port_value: adminPort } } };
  return {};
}

function upstreamTls(upstream: EnvoyOptions['upstream'], serverName: string, alpn: string): object {
  const certificate = upstream.clientCertFile &&
    upstream.clientKeyFile && {
      tls_certificates: [{ certificate_chain: { filename: upstream.clientCertFile }, private_key: { filename: upstream.clientKeyFile } }],
    };
  return {
    alpn_protocols: [alpn],
    ...certificate,
    validation_context: {
      trusted_ca: { filename: upstream.caFile },
      // Without this Envoy takes any certificate of that CA for upstream's.
      match_typed_subject_alt_names: [{ san_type: isIP(serverName) ? 'IP_ADDRESS' : 'DNS', matcher: { exact: serverName } }],
    },
  };
}

/** YAML on one line, so that it can stand anywhere in the template. */
function flow(value: object): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

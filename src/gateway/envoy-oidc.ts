/** Envoy's part in OIDC: it verifies tokens of one issuer before the sidecar is asked, and hands their claims on as metadata. */

import { isIP } from 'node:net';
import type { OidcConfig } from '../config/settings/oidc.ts';
import { OIDC_KEYS_PATH } from '../local/oidc-keys.ts';
import { type BootstrapConfig, type ConnectionManager, connectionManagerOf } from './envoy-bootstrap.ts';

/** Name of the provider, and key of its claims in the filter's metadata. */
export const OIDC_PROVIDER = 'oidc';
const EXT_PROC_FILTER = 'envoy.filters.http.ext_proc';
export const JWT_FILTER = 'envoy.filters.http.jwt_authn';

const CLUSTER = 'oidc_issuer';
/** How often a file of keys is read. */
const FILE_SECONDS = 1;
const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

/** The filter before the sidecar's, and the cluster that it reads keys from. */
export function addOidc(config: BootstrapConfig, oidc: OidcConfig): void {
  const { http_filters } = connectionManagerOf(config);
  http_filters.splice(
    http_filters.findIndex(({ name }) => name === EXT_PROC_FILTER),
    0,
    jwtFilter(oidc),
  );
  if (oidc.jwksUri) config.static_resources.clusters.push(issuerCluster(oidc, oidc.jwksUri));
}

function jwtFilter(oidc: OidcConfig): ConnectionManager['http_filters'][number] {
  // A request without a token of this issuer is for the sidecar to judge: a certificate, a ServiceAccount's token, or nothing.
  const requires = { requires_any: { requirements: [{ provider_name: OIDC_PROVIDER }, { allow_missing_or_failed: {} }] } };
  return {
    name: JWT_FILTER,
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
      providers: {
        [OIDC_PROVIDER]: {
          issuer: oidc.issuer,
          audiences: oidc.audiences,
          // Else a token without `exp` would be good for ever.
          require_expiration: true,
          clock_skew_seconds: oidc.clockSkewSeconds,
          // Said, so that the query parameter access_token is none.
          from_headers: [{ name: 'Authorization', value_prefix: 'Bearer ' }],
          // A token that was verified goes no further; its claims do, where no client can write.
          forward: false,
          payload_in_metadata: OIDC_PROVIDER,
          ...keysOf(oidc),
        },
      },
      rules: [
        { match: { prefix: '/' }, requires },
        { match: { connect_matcher: {} }, requires },
      ],
    },
  };
}

function keysOf({ jwksUri, jwksCacheSeconds }: OidcConfig): object {
  // A file (`local_jwks`) Envoy would read once, whatever is said of its folder: the sidecar hands it on.
  const from = jwksUri ? { uri: jwksUri, cluster: CLUSTER } : { uri: `http://kubezoo${OIDC_KEYS_PATH}`, cluster: 'local' };
  const seconds = jwksUri ? jwksCacheSeconds : FILE_SECONDS;
  return {
    remote_jwks: {
      http_uri: { ...from, timeout: '5s' },
      cache_duration: `${seconds}s`,
      // In the background, so that no request waits. At the start Envoy listens when they have been read, or an issuer that is down has had its time:
      // else the first tokens would be refused.
      async_fetch: { fast_listener: false, failed_refetch_duration: `${Math.min(seconds, 5)}s` },
    },
  };
}

function issuerCluster({ jwksCaFile }: OidcConfig, jwksUri: string): object {
  const url = new URL(jwksUri);
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  return {
    name: CLUSTER,
    type: isIP(host) ? 'STATIC' : 'STRICT_DNS',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: host, port_value: port } } } }] }],
    },
    ...(isTls && {
      transport_socket: {
        name: 'envoy.transport_sockets.tls',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          ...(isIP(host) ? {} : { sni: host }),
          common_tls_context: {
            validation_context: {
              trusted_ca: { filename: jwksCaFile ?? SYSTEM_CAS },
              match_typed_subject_alt_names: [{ san_type: isIP(host) ? 'IP_ADDRESS' : 'DNS', matcher: { exact: host } }],
            },
          },
        },
      },
    }),
  };
}

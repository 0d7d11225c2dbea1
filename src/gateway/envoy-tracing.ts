import { isIP } from 'node:net';
import { type BootstrapConfig, connectionManagerOf } from './envoy-bootstrap.ts';

export interface EnvoyTracing {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly otlpHttp: string;
  /** From 0 to 1: which part of the requests is traced. */
  readonly sampleRatio: number;
}

const CLUSTER = 'otlp';

/**
 * In the place of the tag of this name that Envoy has by itself: its query may hold the command of an exec, a token that somebody put there, a selector. The path is
 * cut where that one would be.
 */
const URL_WITHOUT_QUERY = { tag: 'http.url', value: '%REQ(:SCHEME)%://%REQ(:AUTHORITY)%%PATH(NQ:PATH:256)%' };

/** Envoy begins each trace: what a client says of one is taken off before (`early_header_mutation_extensions`). */
export function addTracing(config: BootstrapConfig, { otlpHttp, sampleRatio }: EnvoyTracing): void {
  // Envoy sends spans every five seconds else; who looks at a trace wants to see it now.
  config.layered_runtime.layers[0]!.static_layer['tracing.opentelemetry.flush_interval_ms'] = 1000;
  const url = new URL(otlpHttp);
  const uri = `${otlpHttp.replace(/\/+$/, '')}/v1/traces`;
  connectionManagerOf(config).tracing = {
    provider: {
      name: 'envoy.tracers.opentelemetry',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
        service_name: 'kubezoo-envoy',
        http_service: { http_uri: { uri, cluster: CLUSTER, timeout: '2s' } },
      },
    },
    random_sampling: { value: sampleRatio * 100 },
    // Nobody can ask for a trace from outside.
    client_sampling: { value: 0 },
    spawn_upstream_span: true,
    custom_tags: [URL_WITHOUT_QUERY],
  };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  config.static_resources.clusters.push({
    name: CLUSTER,
    type: isIP(host) ? 'STATIC' : 'STRICT_DNS',
    load_assignment: {
      cluster_name: CLUSTER,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: { socket_address: { address: host, port_value: Number(url.port || (isTls ? 443 : 80)) } } } },
          ],
        },
      ],
    },
    ...(isTls && {
      transport_socket: {
        name: 'envoy.transport_sockets.tls',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          sni: isIP(host) ? '' : host,
          common_tls_context: {
            validation_context: { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' } },
          },
        },
      },
    }),
  });
}

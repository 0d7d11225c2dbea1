export interface JaegerPorts {
  /** The page, and the query API. */
  readonly query: number;
  readonly queryGrpc: number;
  readonly otlpGrpc: number;
  readonly otlpHttp: number;
}

/** Traces that are kept in memory; the oldest go first. */
const MAX_TRACES = 50_000;

/** Jaeger v2 on loopback with its traces in memory. JSON is YAML, too. */
export function jaegerConfig({ query, queryGrpc, otlpGrpc, otlpHttp }: JaegerPorts): object {
  const at = (port: number) => `127.0.0.1:${port}`;
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp'], processors: ['attributes/no-query', 'batch'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: { metrics: { level: 'none' }, logs: { level: 'warn' } },
    },
    extensions: {
      jaeger_query: { storage: { traces: 'memory' }, http: { endpoint: at(query) }, grpc: { endpoint: at(queryGrpc) } },
      jaeger_storage: { backends: { memory: { memory: { max_traces: MAX_TRACES } } } },
    },
    receivers: { otlp: { protocols: { grpc: { endpoint: at(otlpGrpc) }, http: { endpoint: at(otlpHttp) } } } },
    processors: {
      // kube-apiserver puts the URL with its query into its spans: the command of an exec is there.
      'attributes/no-query': { actions: ['http.target', 'url.query'].map((key) => ({ key, action: 'delete' })) },
      // A trace that is looked for at once should be there.
      batch: { timeout: '100ms' },
    },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}

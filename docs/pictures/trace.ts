/** A trace as Jaeger's query API (`/api/traces/ID`) returns it, and what of it is kept beside its picture. */

export interface Tag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly processID: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds of the epoch. */
  readonly startTime: number;
  /** In microseconds. */
  readonly duration: number;
  readonly tags: readonly Tag[];
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

/** What says something about the request. Left out: addresses and ports of one machine, versions, and what Jaeger adds. */
const KEPT = [
  'http.method',
  'http.request.method',
  'http.response.status_code',
  'http.response.body.size',
  'http.status_code',
  'url.path',
  'error',
  'error.type',
  'otel.status_description',
  'rpc.method',
  'range_begin',
  'upstream_cluster',
];

/** The trace without what is of one machine. */
export function trimTrace({ traceID, spans, processes }: JaegerTrace): JaegerTrace {
  return {
    traceID,
    spans: spans
      .map(({ spanID, operationName, processID, references, startTime, duration, tags }) => ({
        traceID,
        spanID,
        operationName,
        processID,
        references,
        startTime,
        duration,
        tags: tags.filter(({ key }) => KEPT.includes(key) || key.startsWith('kubezoo.')),
      }))
      .toSorted((a, b) => a.startTime - b.startTime),
    processes: Object.fromEntries(Object.entries(processes).map(([id, { serviceName }]) => [id, { serviceName }])),
  };
}

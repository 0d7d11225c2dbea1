/** Traces as Jaeger's query API tells of them. */
import { waitUntil } from '../../../src/launch/wait-until.ts';

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly service: string;
  readonly operation: string;
  /** In microseconds. */
  readonly startedAt: number;
  readonly duration: number;
  readonly tags: Readonly<Record<string, unknown>>;
}

interface JaegerTrace {
  readonly traceID: string;
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
  readonly spans: readonly {
    readonly traceID: string;
    readonly spanID: string;
    readonly operationName: string;
    readonly processID: string;
    readonly startTime: number;
    readonly duration: number;
    readonly references: readonly { readonly refType: string; readonly spanID: string }[];
    readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  }[];
}

/** Traces of a service whose spans carry these tags, newest first. */
export async function findTraces(
  jaegerUrl: string,
  service: string,
  tags: Readonly<Record<string, string>>,
  limit = 20,
): Promise<Span[][]> {
  const query = new URLSearchParams({ service, tags: JSON.stringify(tags), limit: String(limit), lookback: '1h' });
  const response = await fetch(`${jaegerUrl}/api/traces?${query}`);
  if (!response.ok) throw new Error(`Jaeger answers ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: JaegerTrace[] };
  return data.map(spansOf);
}

/** The first trace that is as it should be; spans come one by one, from several processes. */
export function awaitTrace(
  jaegerUrl: string,
  service: string,
  tags: Readonly<Record<string, string>>,
  isWhole: (spans: readonly Span[]) => boolean,
): Promise<Span[]> {
  let last: Span[][] = [];
  return waitUntil(
    `a trace of ${service} with ${JSON.stringify(tags)}`,
    async () => {
      last = await findTraces(jaegerUrl, service, tags);
      return last.find(isWhole);
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}; seen: ${last.map(describeTrace).join('\n\n')}`);
  });
}

/** One line a span, for messages. */
export function describeTrace(spans: readonly Span[]): string {
  return spans.map(({ service, operation, duration }) => `${service} ${operation} ${duration} us`).join('\n');
}

function spansOf({ processes, spans }: JaegerTrace): Span[] {
  return spans.map((span) => ({
    traceId: span.traceID,
    spanId: span.spanID,
    parentId: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
    service: processes[span.processID]?.serviceName ?? '',
    operation: span.operationName,
    startedAt: span.startTime,
    duration: span.duration,
    tags: Object.fromEntries(span.tags.map(({ key, value }) => [key, value])),
  }));
}

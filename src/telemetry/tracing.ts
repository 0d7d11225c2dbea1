/** Spans of this process, sent by OTLP. What is not sampled costs a look at one flag. */
import { type Attributes, type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { messageForOthers } from '../errors.ts';

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly endpoint: string;
  /** Of traces that begin in this process, from 0 to 1. */
  readonly sampleRatio: number;
}

export interface Tracing {
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Long enough that spans of one request are sent together, short enough that nobody waits for them. */
const SEND_AFTER_MS = 500;

/** Once in a process (or thread). @param options undefined: nothing is traced, and spans cost next to nothing */
export function startTracing(serviceName: string, options: TracingOptions | undefined): Tracing {
  if (!options) return { close: async () => {} };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces` }),
        scheduledDelayMillis: SEND_AFTER_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { close: () => provider.shutdown() };
}

/** The trace that a `traceparent` (W3C Trace Context) belongs to, where it is one that is recorded. */
export function sampledParent(traceparent: string | undefined): Context | undefined {
  if (traceparent === undefined || !/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]?[13579bdf]$/.test(traceparent)) return undefined;
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** Runs in a span below the present one. What is thrown is noted in it, and thrown on. Costs next to nothing where nothing is traced. */
export async function inSpan<T>(name: string, attributes: Attributes, run: () => Promise<T>): Promise<T> {
  return await trace.getTracer('kubezoo').startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
    try {
      return await run();
    } catch (thrown) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageForOthers(thrown) });
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/**
 * The spans of one exchange, below the one that Envoy began: a short one for each phase. Nothing lasts as long as a watch
 * does: a stream's beginning and end are spans of their own.
 */
import type { Metadata } from '@grpc/grpc-js';
import { type Attributes, type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { messageForOthers } from '../errors.ts';
import { sampledParent } from '../telemetry/tracing.ts';

/** Runs a phase; one that is a promise lasts until it is settled. */
export type RunPhase = <T>(name: string, run: () => T) => T;

export interface ExchangeTrace {
  readonly phase: RunPhase;
  /** The answer has begun. `isStream`: it goes on for as long as the client likes. */
  onAnswer(code: number, isStream: boolean): void;
  onAnswerBytes(count: number): void;
  /** It is over, however that came about. */
  onOver(attributes: Attributes): void;
  /** W3C trace id, for whoever looks it up. */
  readonly traceId: string | undefined;
}

/** What is not sampled. */
export const NO_TRACE: ExchangeTrace = {
  phase: (_, run) => run(),
  onAnswer() {},
  onAnswerBytes() {},
  onOver() {},
  traceId: undefined,
};

/** @param metadata of the gRPC stream: there Envoy says which trace it is, and no client can */
export function traceOf(metadata: Metadata): ExchangeTrace {
  const [traceparent] = metadata.get('traceparent');
  const parent = sampledParent(typeof traceparent === 'string' ? traceparent : undefined);
  return parent ? new SampledTrace(parent) : NO_TRACE;
}

class SampledTrace implements ExchangeTrace {
  readonly traceId: string | undefined;
  readonly #parent: Context;
  readonly #tracer = trace.getTracer('kubezoo');
  #answer: Span | undefined;
  #answerBytes = 0;
  #isStream = false;

  constructor(parent: Context) {
    this.#parent = parent;
    this.traceId = trace.getSpanContext(parent)?.traceId;
  }

  readonly phase: RunPhase = (name, run) => {
    const span = this.#start(name);
    let result: ReturnType<typeof run>;
    try {
      result = run();
    } catch (thrown) {
      fail(span, thrown);
      throw thrown;
    }
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    return result.then(
      (value) => {
        span.end();
        return value;
      },
      (thrown: unknown) => {
        fail(span, thrown);
        throw thrown;
      },
    ) as typeof result;
  };

  onAnswer(code: number, isStream: boolean): void {
    this.#isStream = isStream;
    this.#answer = this.#start(isStream ? 'stream begins' : 'translate response');
    this.#answer.setAttribute('http.response.status_code', code);
    if (isStream) this.#answer.end();
  }

  onAnswerBytes(count: number): void {
    this.#answerBytes += count;
  }

  onOver(attributes: Attributes): void {
    const span = this.#isStream ? this.#start('stream ends') : (this.#answer ?? this.#start('answered'));
    span.setAttributes({ ...attributes, 'http.response.body.size': this.#answerBytes }).end();
  }

  #start(name: string): Span {
    return this.#tracer.startSpan(name, { kind: SpanKind.INTERNAL }, this.#parent);
  }
}

function fail(span: Span, thrown: unknown): void {
  // A client's mistake is an outcome, not a fault; what it was is said to the client, and here.
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageForOthers(thrown) });
  span.end();
}

/**
 * One HTTP exchange = one gRPC stream. Only this file writes to the stream, in the protocol's order; what to say is
 * decided elsewhere. The stream is ended OK only after the exchange is over: an OK in the middle would let the rest
 * through untranslated, or cut a body short without anybody noticing.
 */
import { randomUUID } from 'node:crypto';
import { status as grpcStatus, type ServerDuplexStream } from '@grpc/grpc-js';
import { KubeError, toKubeError } from '../errors.ts';
import { assertNotRevoked } from '../identity/identify.ts';
import type { HeldBytes } from '../limits/held-bytes.ts';
import type { StalledAnswers } from '../limits/stalled-answers.ts';
import { isRevoked } from '../tenants/revocations.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { bodyChunk, proceedWithRequest, proceedWithResponse, replyWithStatus } from './answer.ts';
import { withAuditId } from './audit-id.ts';
import { type DecideDeps, decide } from './decide.ts';
import type { Decision, RequestHead } from './decision.ts';
import { type ExchangeEnd, type ExchangeRecord, type Findings, PhaseClock } from './exchange-record.ts';
import { type ExchangeTrace, traceOf } from './exchange-trace.ts';
import { type ExchangeKind, exchangeKindOf } from './metrics/exchange-kind.ts';
import type { OpenExchanges } from './open-exchanges.ts';
import type { ProcessingRequest, ProcessingResponse } from './protocol.ts';
import { readRequestHead, responseHeadOf } from './read-head.ts';
import { RequestBody } from './request-body.ts';
import { type BodyTranslator, prepareResponse } from './response-body.ts';
import { checkSuspension, isSuspendedFor } from './suspend.ts';
import { traceAttributesOf } from './trace-attributes.ts';

export type ExchangeStream = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

export interface ExchangeDeps extends DecideDeps {
  /** Told of everything that is not a client's mistake, with its cause. */
  readonly onInternalError: (error: unknown) => void;
  readonly heldBodies: HeldBytes;
  /** Takes up those that are forwarded for a tenant, to end them with it. */
  readonly openExchanges?: OpenExchanges;
  readonly stalled?: StalledAnswers;
  /** Told when an exchange is over. */
  readonly onDone: (record: ExchangeRecord) => void;
}

export class Exchange {
  readonly #stream: ExchangeStream;
  readonly #deps: ExchangeDeps;
  readonly #onOver: () => void;
  readonly #startedAt = performance.now();
  readonly #startedAtEpoch = Date.now();
  readonly #auditId = randomUUID();
  readonly #trace: ExchangeTrace;
  readonly #clock: PhaseClock;
  readonly #found: Findings = {};
  #head: RequestHead | undefined;
  #decision: Decision | undefined;
  #forget: (() => void) | undefined;
  #goesOn: (() => void) | undefined;
  #requestBody: RequestBody | undefined;
  #translator: BodyTranslator | undefined;
  /** Response headers were let through: from here on an error can only cut the answer, not replace it. */
  #answering = false;
  #bodyBegun = false;
  /** The answer's last byte was seen, or is not to be seen by this process. */
  #answered = false;
  /** The last chunk has been sent, whatever upstream still says. */
  #ending = false;
  #over = false;
  #code = 0;
  #refusal: KubeError | undefined;
  #isCut = false;
  #untranslated: ExchangeRecord['untranslated'];
  #requestBytes = 0;
  #responseBytes = 0;

  /** @param onOver called once, when it is over */
  constructor(stream: ExchangeStream, deps: ExchangeDeps, onOver: () => void = () => {}) {
    this.#stream = stream;
    this.#onOver = onOver;
    this.#deps = deps;
    this.#trace = traceOf(stream.metadata);
    this.#clock = new PhaseClock(this.#trace.phase);
    stream.on('data', (message: ProcessingRequest) => this.#receive(message));
    stream.on('end', () => this.#close(true));
    stream.on('cancelled', () => this.#close(false));
    stream.on('error', () => this.#close(false));
  }

  /** A watch of upstream's, which goes on for as long as the client likes. (The local API ends its own.) */
  get isWatch(): boolean {
    return this.#decision?.route === 'watch';
  }

  get kind(): ExchangeKind {
    return exchangeKindOf(this.#found.request, this.#head?.target);
  }

  /**
   * Ends it, whatever it is about. A watch ends as upstream ends one whose time is over: its client opens another. After a reset,
   * client-go would list everything anew. Of one that has told nothing yet Envoy takes no last chunk; upstream tells a bookmark every minute.
   */
  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = this.isWatch && this.#bodyBegun;
    this.#answered ||= this.#ending;
    if (this.#ending) this.#send(bodyChunk('response', Buffer.alloc(0), true));
    else this.#cut('the gateway is being stopped');
  }

  #receive(message: ProcessingRequest): void {
    if (this.#over || this.#ending) return;
    try {
      if (message.request_headers) this.#onRequestHeaders(message);
      else if (message.request_body) this.#onRequestBody(message.request_body.body, message.request_body.end_of_stream === true);
      else if (message.request_trailers) this.#onRequestTrailers();
      else if (message.response_headers) this.#onResponseHeaders(message);
      else if (message.response_body) this.#onResponseBody(message.response_body.body, message.response_body.end_of_stream === true);
      else if (message.response_trailers) this.#onResponseTrailers();
      else throw new Error('a message of a kind that was not asked for');
    } catch (error) {
      this.#fail(error);
    }
  }

  #onRequestHeaders(message: ProcessingRequest): void {
    this.#head = readRequestHead(message);
    const decided = decide(this.#head, this.#deps, this.#clock.phase, this.#found);
    if (decided instanceof Promise) {
      decided.then((decision) => this.#proceed(decision)).catch((error: unknown) => this.#fail(error));
    } else this.#proceed(decided);
  }

  #proceed(decision: Decision): void {
    // The client may have left while its token was being reviewed.
    if (this.#over) {
      decision.release();
      return;
    }
    this.#decision = decision;
    this.#answered = decision.response === 'none' || decision.response === 'upgrade';
    this.#register(decision);
    if (decision.requestBody) this.#requestBody = new RequestBody(decision.requestBody, decision.translation!, this.#deps.heldBodies);
    this.#send(proceedWithRequest(withAuditId(decision, this.#auditId)));
  }

  #register({ tenantId, credential, request }: Decision): void {
    if (tenantId === undefined) return;
    const { openExchanges, tenantOf } = this.#deps;
    const tenant = tenantOf(tenantId);
    // From here on a change of the tenant cuts it; one that came while upstream was being asked must not be missed.
    assertNotRevoked(credential, tenant);
    if (request) checkSuspension(request, tenant);
    const isRefusedBy = (changed: Tenant) =>
      (credential !== undefined && isRevoked(changed, credential)) || (request !== undefined && isSuspendedFor(request, changed));
    this.#forget = openExchanges?.add(tenantId, tenant?.metadata.uid, () => this.#cut('the tenant may not go on'), isRefusedBy);
  }

  #onRequestBody(chunk: Buffer | undefined, endOfStream: boolean): void {
    const body = this.#requestBody!;
    this.#requestBytes += chunk?.length ?? 0;
    if (chunk) body.add(chunk);
    if (endOfStream) this.#send(bodyChunk('request', this.#translateRequest(body), true));
  }

  /** With trailers a body has no last chunk of its own. */
  #onRequestTrailers(): void {
    this.#send(bodyChunk('request', this.#translateRequest(this.#requestBody!), false));
    this.#send({ request_trailers: {} });
  }

  #translateRequest(body: RequestBody): Uint8Array {
    const upstream = this.#clock.phase('translate request', () => body.translate());
    body.drop();
    return upstream;
  }

  #onResponseHeaders(message: ProcessingRequest): void {
    const head = responseHeadOf(message);
    this.#code = head.code;
    this.#trace.onAnswer(head.code, this.isWatch || this.#decision!.response === 'stream');
    const { headers, translator } = prepareResponse(head, this.#decision!);
    this.#translator = translator;
    this.#answering = true;
    this.#answered = translator === undefined;
    this.#send(proceedWithResponse(headers, translator !== undefined));
  }

  #onResponseBody(chunk: Buffer | undefined, endOfStream: boolean): void {
    this.#bodyBegun = true;
    this.#goesOn?.();
    this.#answered ||= endOfStream;
    const translator = this.#translator!;
    if (chunk) this.#trace.onAnswerBytes(chunk.length);
    this.#responseBytes += chunk?.length ?? 0;
    const startedAt = performance.now();
    const parts = chunk?.length ? [translator.write(chunk)] : [];
    if (endOfStream) parts.push(translator.end());
    this.#clock.add('translate response', (performance.now() - startedAt) / 1000);
    const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (body.length > 0 || endOfStream) this.#send(bodyChunk('response', body, endOfStream));
    if (!endOfStream) this.#awaitClient();
  }

  /** What upstream sends Envoy passes on as the client takes it; between two chunks of an object nothing else is waited for. */
  #awaitClient(): void {
    const { tenantId, response } = this.#decision!;
    if (tenantId === undefined || this.isWatch || response !== 'object') return;
    this.#goesOn = this.#deps.stalled?.begin(tenantId, () => this.#cut('the client does not read'));
  }

  #onResponseTrailers(): void {
    this.#goesOn?.();
    this.#answered = true;
    const rest = this.#translator?.end();
    if (rest?.length) this.#send(bodyChunk('response', rest, false));
    this.#send({ response_trailers: {} });
  }

  #send(response: ProcessingResponse): void {
    if (this.#stream.write(response)) return;
    // Envoy takes nothing more for now, so neither do we: a slow client slows its own upstream down, not this process.
    this.#stream.pause();
    this.#stream.once('drain', () => this.#stream.resume());
  }

  #fail(thrown: unknown): void {
    if (this.#over) return;
    if (!(thrown instanceof KubeError)) this.#deps.onInternalError(thrown);
    // A code is known from the answer's headers on; before, a KubeError is what the client is told of its own request.
    if (this.#code !== 0) this.#untranslated = 'response';
    else if (this.#requestBody && !(thrown instanceof KubeError)) this.#untranslated = 'request';
    if (this.#answering) {
      this.#cut('the answer cannot be translated');
    } else {
      const error = toKubeError(thrown);
      this.#code = error.code;
      this.#refusal = error;
      this.#send(replyWithStatus(error, this.#auditId));
    }
    this.#finish(this.#answering ? 'cut' : 'refused');
  }

  /** A reset, never an end: what the client has got so far must not look whole. Before the answer Envoy says 503. */
  #cut(details: string): void {
    this.#isCut = true;
    this.#stream.emit('error', { code: grpcStatus.INTERNAL, details });
  }

  #close(endStream: boolean): void {
    // A client that leaves is, too, a stream that Envoy ends in order.
    this.#finish(this.#isCut ? 'cut' : endStream && this.#answered ? 'whole' : 'left');
    // Envoy's graceful close: it has half-closed and waits for our end.
    if (endStream) this.#stream.end();
  }

  #finish(end: ExchangeEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
    this.#goesOn?.();
    this.#forget?.();
    this.#requestBody?.drop();
    this.#decision?.release();
    try {
      const record = this.#record(end);
      this.#trace.onOver(traceAttributesOf(record));
      this.#deps.onDone(record);
    } catch (error) {
      // The exchange is over either way, and the others go on.
      this.#deps.onInternalError(error);
    }
  }

  #record(end: ExchangeEnd): ExchangeRecord {
    const { caller, request, impersonated, held } = this.#found;
    return {
      auditId: this.#auditId,
      startedAt: this.#startedAtEpoch,
      seconds: (performance.now() - this.#startedAt) / 1000,
      method: this.#head?.method,
      target: this.#head?.target,
      userAgent: this.#head?.headers.get('user-agent'),
      clientAddress: this.#head?.clientAddress,
      caller,
      impersonated,
      tenantId: this.#decision?.tenantId ?? caller?.tenant?.metadata.name,
      request,
      verb: this.#decision?.verb ?? (request?.type === 'resource' ? request.verb : 'local'),
      route: this.#decision?.route,
      code: this.#code,
      refusal: this.#refusal,
      held,
      end,
      untranslated: this.#untranslated,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      phases: this.#clock.seconds,
      traceId: this.#trace.traceId,
    };
  }
}

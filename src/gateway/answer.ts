/** Messages to Envoy, made in one place each. */
import type { KubeError } from '../errors.ts';
import { LimitExceeded } from '../limits/limit-exceeded.ts';
import type { Decision } from './decision.ts';
import { HeaderChanges } from './headers.ts';
import { BodyMode, HeaderMode, type HeaderMutation, type ProcessingMode, type ProcessingResponse } from './protocol.ts';

const FULL_DUPLEX = BodyMode.FULL_DUPLEX_STREAMED;

/** Lets a decided request go its way, and tells Envoy which parts of the exchange the sidecar has to see. */
export function proceedWithRequest(decision: Decision): ProcessingResponse {
  const mode: ProcessingMode = {
    request_body_mode: decision.requestBody ? FULL_DUPLEX : BodyMode.NONE,
    // With full duplex the trailers must come too: without them the end of a body was seen to get lost.
    request_trailer_mode: decision.requestBody ? HeaderMode.SEND : HeaderMode.SKIP,
    response_header_mode: decision.response === 'none' || decision.response === 'upgrade' ? HeaderMode.SKIP : HeaderMode.SEND,
    response_body_mode: BodyMode.NONE,
    // Keeps the gRPC stream open until the exchange is over: that is when the tenant's tokens come back.
    response_trailer_mode: HeaderMode.SEND,
  };
  return {
    request_headers: { response: { header_mutation: decision.headers, clear_route_cache: true } },
    mode_override: mode,
  };
}

/** Lets the answer's headers through; with `translate`, its body comes here first. */
export function proceedWithResponse(headers: HeaderMutation, translate: boolean): ProcessingResponse {
  return {
    response_headers: { response: { header_mutation: headers } },
    mode_override: {
      response_body_mode: translate ? FULL_DUPLEX : BodyMode.NONE,
      response_trailer_mode: HeaderMode.SEND,
    },
  };
}

export function bodyChunk(direction: 'request' | 'response', body: Uint8Array, endOfStream: boolean): ProcessingResponse {
  const response = { body_mutation: { streamed_response: { body, end_of_stream: endOfStream } } };
  return direction === 'request' ? { request_body: { response } } : { response_body: { response } };
}

/** Ends the exchange with a Status in the place of whatever upstream would say. */
export function replyWithStatus(error: KubeError): ProcessingResponse {
  const headers = new HeaderChanges().set('content-type', 'application/json').set('cache-control', 'no-cache, private');
  const retryAfter = error.details?.retryAfterSeconds;
  if (retryAfter) headers.set('retry-after', String(retryAfter));
  if (error instanceof LimitExceeded) {
    for (const [name, value] of error.headers) headers.set(name, value);
    // For Envoy, which takes it off: refuse_early in envoy/envoy.yaml.
    if (error.holdMs > 0) headers.set('x-kubezoo-hold', `${error.limit};${error.holdMs}`);
  }
  return {
    immediate_response: {
      status: { code: error.code },
      headers: headers.build(),
      body: Buffer.from(`${JSON.stringify(error.status())}\n`),
      // Tells Envoy's own replies from the sidecar's: see local_reply_config in envoy/envoy.yaml.
      details: 'kubezoo_reply',
    },
  };
}

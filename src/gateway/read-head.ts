import { methodNotAllowed } from '../errors.ts';
import type { RequestHead } from './decision.ts';
import { HeaderView } from './headers.ts';
import type { ProcessingRequest } from './protocol.ts';
import { claimsOf } from './read-claims.ts';

/** Envoy's name for the filter under which attributes arrive. */
const FILTER = 'envoy.filters.http.ext_proc';

/** @throws KubeError MethodNotAllowed; Error when the message lacks what Envoy always sends: then nothing is known, and nothing is let through. */
export function readRequestHead(message: ProcessingRequest): RequestHead {
  const headers = new HeaderView(message.request_headers?.headers?.headers);
  const attributes = message.attributes?.[FILTER]?.fields;
  const method = headers.get(':method');
  const target = headers.get(':path');
  // Of a tunnel to somewhere, which HTTP/1.1 asks for without a path.
  if (method === 'CONNECT' && target === undefined) throw methodNotAllowed();
  if (!attributes || method === undefined || target === undefined) throw new Error('a request without attributes, method or path');
  return {
    method,
    target,
    headers,
    hasBody: message.request_headers?.end_of_stream !== true,
    credentials: {
      mtls: attributes['connection.mtls']?.bool_value === true,
      subject: attributes['connection.subject_peer_certificate']?.string_value ?? '',
      authorization: headers.all('authorization'),
      claims: claimsOf(message),
    },
    clientAddress: attributes['source.address']?.string_value?.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
  };
}

export interface ResponseHead {
  readonly code: number;
  readonly headers: HeaderView;
  readonly hasBody: boolean;
}

export function responseHeadOf(message: ProcessingRequest): ResponseHead {
  const headers = new HeaderView(message.response_headers?.headers?.headers);
  return { code: Number(headers.get(':status')), headers, hasBody: message.response_headers?.end_of_stream !== true };
}

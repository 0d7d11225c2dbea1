import { EventEmitter } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import type { ExchangeStream } from '../../../src/gateway/exchange.ts';
import type { ProcessingRequest, ProcessingResponse } from '../../../src/gateway/protocol.ts';

/** Stands in for the gRPC stream: records what the exchange says, plays what Envoy says. */
export class FakeStream extends EventEmitter {
  readonly sent: ProcessingResponse[] = [];
  readonly metadata = new Metadata();
  ended = false;
  paused = false;
  /** What write() answers: false is back-pressure. */
  accepts = true;

  write(message: ProcessingResponse): boolean {
    this.sent.push(message);
    return this.accepts;
  }
  end(): void {
    this.ended = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  receive(message: ProcessingRequest): void {
    this.emit('data', message);
  }
  last(): ProcessingResponse {
    return this.sent.at(-1)!;
  }
  asStream(): ExchangeStream {
    return this as unknown as ExchangeStream;
  }
}

const header = ([key, value]: [string, string]) => ({ key, raw_value: Buffer.from(value) });

export function requestHeaders(
  method: string,
  path: string,
  options: { subject?: string; body?: boolean; headers?: [string, string][] } = {},
): ProcessingRequest {
  const subject = options.subject ?? 'CN=demo01:admin,OU=demo01,O=demo01:tenant-admins';
  return {
    request_headers: {
      headers: {
        headers: [[':method', method], [':path', path], ...(options.headers ?? [])].map((pair) => header(pair as [string, string])),
      },
      end_of_stream: options.body !== true,
    },
    attributes: {
      'envoy.filters.http.ext_proc': {
        fields: {
          'connection.mtls': { bool_value: subject !== '' },
          'source.address': { string_value: '127.0.0.9:4711' },
          'connection.subject_peer_certificate': { string_value: subject },
        },
      },
    },
  };
}

export function responseHeaders(
  code: number,
  contentType: string,
  options: { body?: boolean; headers?: [string, string][] } = {},
): ProcessingRequest {
  return {
    response_headers: {
      headers: {
        headers: [[':status', String(code)], ['content-type', contentType], ...(options.headers ?? [])].map((pair) =>
          header(pair as [string, string]),
        ),
      },
      end_of_stream: options.body === false,
    },
  };
}

export const responseBody = (text: string, end: boolean): ProcessingRequest => ({
  response_body: { body: Buffer.from(text), end_of_stream: end },
});
export const requestBody = (text: string, end: boolean): ProcessingRequest => ({
  request_body: { body: Buffer.from(text), end_of_stream: end },
});

/** Headers set by a message, by name; repeated ones joined with "|". */
export function headersSet(message: ProcessingResponse): Record<string, string> {
  const mutation =
    message.request_headers?.response.header_mutation ??
    message.response_headers?.response.header_mutation ??
    message.immediate_response?.headers;
  const set: Record<string, string> = {};
  for (const { header: one } of mutation?.set_headers ?? []) {
    const value = one.raw_value.toString();
    set[one.key] = set[one.key] === undefined ? value : `${set[one.key]}|${value}`;
  }
  return set;
}

export function headersRemoved(message: ProcessingResponse): string[] {
  const mutation = message.request_headers?.response.header_mutation ?? message.response_headers?.response.header_mutation;
  return mutation?.remove_headers ?? [];
}

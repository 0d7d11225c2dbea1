import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { isAboutGateway } from '../upstream/own-refusal.ts';
import type { Query, UpstreamTransport } from '../upstream/upstream-client.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';

/** An answer of upstream's that is no list and no watch: to be shown to the client, in its own names. */
export class UpstreamRefusal extends Error {
  readonly status: number;
  // Not to be found by a logger, which would write a number for each byte: the message says what is worth knowing of them.
  readonly #headers: IncomingHttpHeaders;
  readonly #body: Buffer;

  constructor(status: number, headers: IncomingHttpHeaders, body: Buffer) {
    super(`upstream answered ${status}: ${legible(body)}`);
    this.name = 'UpstreamRefusal';
    this.status = status;
    this.#headers = headers;
    this.#body = body;
  }

  get headers(): IncomingHttpHeaders {
    return this.#headers;
  }

  get body(): Buffer {
    return this.#body;
  }

  /** What was asked for is older than what upstream keeps. */
  get isExpired(): boolean {
    return this.status === 410;
  }
}

/** The beginning of a Status in any form, for people. */
function legible(body: Buffer): string {
  return body
    .toString('utf8', 0, 500)
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim();
}

export interface Question {
  readonly path: string;
  readonly query: Query;
  readonly accept: string;
}

export interface AskedUpstream {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Asks upstream as somebody; resolves with an answer that streams. @throws UpstreamRefusal, UpstreamError, or the signal's reason */
export type Ask = (question: Question, signal: AbortSignal) => Promise<AskedUpstream>;

/**
 * As the gateway itself. That it may not is nothing to tell a tenant: an apiserver that has just started does not know yet what anybody
 * may. It is the same as if there were none.
 */
export function askAsGateway(transport: UpstreamTransport): Ask {
  return withoutOwnRefusals(askAs(transport, {}), ({ status }) => status === 401 || status === 403);
}

/** In the name of a tenant's user. @param headers that say who that is, upstream */
export function askAsTenant(transport: UpstreamTransport, headers: Readonly<Record<string, string[]>>): Ask {
  return withoutOwnRefusals(askAs(transport, headers), ({ status, body }) => isAboutGateway(status, body));
}

function withoutOwnRefusals(ask: Ask, isOwn: (refusal: UpstreamRefusal) => boolean): Ask {
  return async (question, signal) => {
    try {
      return await ask(question, signal);
    } catch (error) {
      if (!(error instanceof UpstreamRefusal) || !isOwn(error)) throw error;
      throw new UpstreamError(503, 'ServiceUnavailable', `the gateway is refused upstream: ${error.body.toString('utf8').slice(0, 500)}`, {
        cause: error,
      });
    }
  };
}

/** A refusal is a Status; more than that is somebody else's. */
const MAX_REFUSAL_BYTES = 1024 * 1024;
const ANSWER_MS = 60_000;

/** @param headers of the identity that upstream is to see, besides the gateway's own credential */
function askAs(transport: UpstreamTransport, headers: Readonly<Record<string, string | string[]>>): Ask {
  return async ({ path, query, accept }, signal) => {
    const answer = await transport.stream({
      method: 'GET',
      path,
      query,
      headers: { ...headers, accept },
      signal,
      timeoutMs: ANSWER_MS,
    });
    const { body } = answer;
    if (answer.status === 200) return { headers: answer.headers, body };
    throw new UpstreamRefusal(answer.status, answer.headers, await readAll(body));
  };
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REFUSAL_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

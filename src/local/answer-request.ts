import type { IncomingMessage, ServerResponse } from 'node:http';
import { KubeError, methodNotAllowed, toKubeError } from '../errors.ts';
import { sendPlain, sendStatus } from './answer.ts';
import { IDENTITY_HEADER, type LocalHandler, type LocalRequest } from './local-request.ts';
import { readBody } from './read-body.ts';
import { readIdentity } from './read-identity.ts';

/** As pino's. */
export interface LocalLog {
  error(fields: object, message: string): void;
}

type RequestHead = Pick<LocalRequest, 'method' | 'path' | 'query' | 'headers'>;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Answers one request by the first handler that knows its path. Never rejects: whatever goes wrong becomes a Status, or
 * a reset of the connection once the answer has begun.
 */
export async function answerRequest(
  message: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  handlers: readonly LocalHandler[],
  log: LocalLog,
): Promise<void> {
  const head = readHead(message);
  try {
    const identity = readIdentity(message.headersDistinct[IDENTITY_HEADER]);
    if (!identity) throw new KubeError('Unauthorized', 'Unauthorized');
    await dispatch({ ...head, identity, signal, body: (limit) => readBody(message, limit) }, response, handlers);
  } catch (thrown) {
    if (response.destroyed) return;
    const error = toKubeError(thrown);
    if (error.code >= 500) log.error({ err: error.cause ?? error, method: head.method, path: head.path }, error.message);
    if (response.headersSent) {
      // A clean end would make a part look like the whole.
      response.destroy();
      return;
    }
    sendStatus(head, response, error);
  } finally {
    // The rest of a body that nobody wanted is not the next request.
    if (!message.complete) message.resume();
  }
}

async function dispatch(request: LocalRequest, response: ServerResponse, handlers: readonly LocalHandler[]): Promise<void> {
  if (!METHODS.has(request.method)) {
    throw methodNotAllowed();
  }
  for (const handler of handlers) if (await handler(request, response)) return;
  if (/^\/apis?(?:\/|$)/.test(request.path)) throw new KubeError('NotFound', 'the server could not find the requested resource', {});
  sendPlain(response, 404, '404 page not found\n');
}

function readHead(message: IncomingMessage): RequestHead {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: message.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: message.headers,
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { KubeError, methodNotAllowed, toKubeError } from '../errors.ts';
import { sendPlain, sendStatus } from './answer.ts';
import { AUDIT_ID_HEADER, IDENTITY_HEADER, type LocalHandler, type LocalRequest } from './local-request.ts';
import { readBody } from './read-body.ts';
import { readIdentity } from './read-identity.ts';

/** As pino's. */
export interface LocalLog {
  error(fields: object, message: string): void;
}

/** How a request was answered. */
export interface LocalOutcome {
  /** HTTP status; 0: none was sent. */
  readonly code: number;
  readonly isOperator: boolean;
  /** Why it was refused. */
  readonly error: KubeError | undefined;
  /** What the operator has sent, as far as it was read. A tenant's is not kept. */
  readonly body: Buffer | undefined;
  /** Whether anybody's body was read. */
  readonly hasBody: boolean;
}

/** Told of each request by its audit id. */
export interface AnswerWatcher {
  begin(auditId: string): void;
  /** When nobody has anything more to say. */
  settle(auditId: string, outcome: LocalOutcome): void;
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
  watcher?: AnswerWatcher,
): Promise<void> {
  const head = readHead(message);
  const auditId = head.headers[AUDIT_ID_HEADER];
  let isOperator = false;
  let hasBody = false;
  let kept: Buffer | undefined;
  let error: KubeError | undefined;
  if (typeof auditId === 'string') {
    response.setHeader(AUDIT_ID_HEADER, auditId);
    watcher?.begin(auditId);
  }
  try {
    const identity = readIdentity(message.headersDistinct[IDENTITY_HEADER]);
    if (!identity) throw new KubeError('Unauthorized', 'Unauthorized');
    isOperator = identity.role === 'operator';
    const body = async (limit?: number) => {
      hasBody = true;
      const bytes = await readBody(message, limit);
      if (watcher && isOperator) kept = bytes;
      return bytes;
    };
    await dispatch({ ...head, identity, signal, body }, response, handlers);
  } catch (thrown) {
    error = toKubeError(thrown);
    if (response.destroyed) return;
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
    const code = response.headersSent ? response.statusCode : 0;
    if (typeof auditId === 'string') watcher?.settle(auditId, { code, isOperator, error, body: kept, hasBody });
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

import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import { pino } from 'pino';
import { type AnswerWatcher, answerRequest, type LocalLog } from './answer-request.ts';
import type { LocalHandler } from './local-request.ts';
import { answerOidcKeys } from './oidc-keys.ts';
import { removeStaleSocket } from './remove-stale-socket.ts';

export interface LocalServerOptions {
  /** Where Envoy's local cluster connects to. */
  readonly socketPath: string;
  /** Tried in order, until one knows the path. */
  readonly handlers: readonly LocalHandler[];
  readonly log?: LocalLog;
  /** JWKS of the OIDC issuer, for Envoy. */
  readonly oidcKeysFile?: string | undefined;
  readonly watcher?: AnswerWatcher | undefined;
  /** How long `close` waits for answers under way, in ms. */
  readonly drainMs?: number;
}

export interface LocalServer {
  /** Takes no more requests, ends what has no end of its own (watches), waits for the rest, and lets go of the socket. */
  close(): Promise<void>;
}

/** What the client's headers and the identity take together; Envoy's own limit is 60 KiB. */
const MAX_HEADER_BYTES = 128 * 1024;

/**
 * Serves the local API on a Unix socket that only its owner may use.
 * @throws Error when somebody listens there already
 */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { socketPath, handlers, log = pino({ name: 'local-api' }), drainMs = 5_000 } = options;
  const underWay = new Map<ServerResponse, AbortController>();
  // Envoy ends idle connections. If this side did, too, a request could meet a connection on its way down.
  const server = createServer({ keepAliveTimeout: 0, maxHeaderSize: MAX_HEADER_BYTES }, (message, response) => {
    const gone = new AbortController();
    underWay.set(response, gone);
    response.once('close', () => {
      underWay.delete(response);
      gone.abort();
    });
    // Either may be over first; a connection is idle when both are.
    for (const side of [message, response]) {
      side.once('close', () => {
        if (!server.listening) setImmediate(() => server.closeIdleConnections());
      });
    }
    if (options.oidcKeysFile !== undefined && answerOidcKeys(message, response, options.oidcKeysFile)) return;
    void answerRequest(message, response, gone.signal, handlers, log, options.watcher);
  });
  await removeStaleSocket(socketPath);
  await listenPrivately(server, socketPath);
  return { close: () => drain(server, underWay, drainMs) };
}

async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  // The socket is made while `listen` runs, so with this mask there is no moment in which others could connect.
  const mask = isMainThread ? process.umask(0o177) : undefined;
  try {
    server.listen(socketPath);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
  await once(server, 'listening');
  await chmod(socketPath, 0o600);
}

async function drain(server: Server, underWay: ReadonlyMap<ServerResponse, AbortController>, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const [response, gone] of underWay) {
    if (response.headersSent && !response.writableEnded) gone.abort();
    else if (!response.headersSent) response.setHeader('connection', 'close');
  }
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(deadline);
}

import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { context, propagation } from '@opentelemetry/api';
import { CredentialSource } from './credentials.ts';
import { createJsonClient } from './json-client.ts';
import type { Query, UpstreamClient, UpstreamRequest, UpstreamResponse, UpstreamStream, UpstreamTransport } from './upstream-client.ts';
import { UpstreamError } from './upstream-error.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Below the 90 s after which kube-apiserver closes an idle connection, so that none is closed under a request. */
const IDLE_SOCKET_MS = 60_000;
/**
 * A client for the current context of a kubeconfig file, which is read again when it changes: new connections are made with what it says then,
 * those in use go on. Throws an Error when the file names no cluster.
 *
 * client-node's generated API classes are not used: they model no metadata-only lists, parse every date, and hold each object in classes.
 *
 * @param onTrouble told when the file has changed to something that cannot be used
 */
export function connectUpstream(kubeconfigFile: string, onTrouble?: (error: unknown) => void): UpstreamClient {
  return createJsonClient(connectTransport(kubeconfigFile, onTrouble));
}

export function connectTransport(kubeconfigFile: string, onTrouble?: (error: unknown) => void): UpstreamTransport {
  const credentials = new CredentialSource(kubeconfigFile, onTrouble);
  // Connections are kept by the credentials that they were made with.
  const agent = new https.Agent({ keepAlive: true, scheduling: 'lifo', timeout: IDLE_SOCKET_MS });

  /** Resolves with the answer's headers; its body is still to be read. */
  async function send(request: UpstreamRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, options } = await credentials.get();
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    return await new Promise((resolve, reject) => {
      const outgoing = https.request(
        {
          ...options,
          host: server.hostname.replace(/^\[|\]$/g, ''),
          port: server.port || 443,
          method: request.method,
          path: server.pathname.replace(/\/+$/, '') + request.path + encodeQuery(request.query),
          headers: {
            accept: 'application/json',
            'user-agent': 'kubezoo',
            ...options.headers,
            ...request.headers,
            ...traceHeaders(),
            ...(body && { 'content-length': body.length }),
          },
          agent,
          signal,
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  return {
    async request(request): Promise<UpstreamResponse> {
      const deadline = deadlineOf(request);
      try {
        const incoming = await send(request, deadline.signal);
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) };
      } catch (thrown) {
        throw noAnswer(thrown, request, deadline.signal);
      } finally {
        deadline.clear();
      }
    },
    async stream(request): Promise<UpstreamStream> {
      const deadline = deadlineOf(request);
      try {
        const incoming = await send(request, deadline.signal);
        return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming };
      } catch (thrown) {
        throw noAnswer(thrown, request, deadline.signal);
      } finally {
        // From here on only the caller's signal ends the stream.
        deadline.clear();
      }
    },
    close: () => agent.destroy(),
  };
}

/** What joins upstream's spans to the trace that this request belongs to, if any. */
function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function deadlineOf(request: UpstreamRequest): { signal: AbortSignal; clear(): void } {
  const timeout = new AbortController();
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(
    () => timeout.abort(new UpstreamError(504, 'Timeout', `${request.method} ${request.path}: no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const signal = request.signal ? AbortSignal.any([request.signal, timeout.signal]) : timeout.signal;
  return { signal, clear: () => clearTimeout(timer) };
}

function noAnswer(thrown: unknown, request: UpstreamRequest, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (thrown instanceof UpstreamError) return thrown;
  const why = thrown instanceof Error ? thrown.message || (thrown as NodeJS.ErrnoException).code : String(thrown);
  return new UpstreamError(503, 'Unreachable', `${request.method} ${request.path}: ${why}`, { cause: thrown });
}

function encodeQuery(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.append(key, String(value));
  const text = parameters.toString();
  return text && `?${text}`;
}

import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { context, propagation } from '@opentelemetry/api';
import { createJsonClient } from './json-client.ts';
import type { Query, UpstreamClient, UpstreamRequest, UpstreamResponse, UpstreamStream, UpstreamTransport } from './upstream-client.ts';
import { UpstreamError } from './upstream-error.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Below the 90 s after which kube-apiserver closes an idle connection, so that none is closed under a request. */
const IDLE_SOCKET_MS = 60_000;
/** How long TLS files and tokens are kept before the kubeconfig's user is asked again (rotation, exec plugins). */
const CREDENTIALS_MS = 30_000;

/**
 * A client for the current context of a kubeconfig file. Throws an Error when the file names no cluster.
 *
 * From client-node only KubeConfig is used, for its reading of kubeconfigs and its credential plugins. Its generated
 * API classes are not: they model no metadata-only lists, parse every date, and hold each object in classes.
 */
export function connectUpstream(kubeconfigFile: string): UpstreamClient {
  return createJsonClient(connectTransport(kubeconfigFile));
}

export function connectTransport(kubeconfigFile: string): UpstreamTransport {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${kubeconfigFile}: the current context names no cluster`);
  if (!cluster.server.startsWith('https://')) throw new Error(`${kubeconfigFile}: ${cluster.server} is not an https URL`);
  if (cluster.proxyUrl) throw new Error(`${kubeconfigFile}: proxy-url is not supported`);
  const server = new URL(cluster.server);
  const basePath = server.pathname.replace(/\/+$/, '');
  const agent = new https.Agent({ keepAlive: true, scheduling: 'lifo', timeout: IDLE_SOCKET_MS });

  let credentials: { options: https.RequestOptions; until: number } | undefined;
  async function credentialOptions(): Promise<https.RequestOptions> {
    if (credentials && performance.now() < credentials.until) return credentials.options;
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    // The agent that client-node makes is for fetch.
    delete options.agent;
    credentials = { options, until: performance.now() + CREDENTIALS_MS };
    return options;
  }

  /** Resolves with the answer's headers; its body is still to be read. */
  async function send(request: UpstreamRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const options = await credentialOptions();
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    return await new Promise((resolve, reject) => {
      const outgoing = https.request(
        {
          ...options,
          host: server.hostname.replace(/^\[|\]$/g, ''),
          port: server.port || 443,
          method: request.method,
          path: basePath + request.path + encodeQuery(request.query),
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

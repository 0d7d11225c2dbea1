/**
 * The admission bridge: the HTTPS server that upstream calls in the place of tenants' webhooks. It speaks to upstream alone:
 * nobody else is told a path with a proof in it.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import { followFiles } from '../certs/follow-files.ts';
import { KubeError } from '../errors.ts';
import { verifyWebhookPath } from '../names/webhook-url.ts';
import { isQuotaReviewPath, reviewCreation } from '../quota/review-creation.ts';
import type { RoomKeeper } from '../quota/room-keeper.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { createReviewHandler, MAX_REVIEW_BYTES, type ReviewDeps } from './handle-review.ts';
import { WebhookError } from './webhook-error.ts';

/** Reviews of one tenant that may wait for its webhooks at once; more are turned away. */
const MAX_PER_TENANT = 64;
/** Kubernetes' own default. */
const DEFAULT_TIMEOUT_MS = 10_000;

export interface BridgeOptions extends ReviewDeps {
  readonly host: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** Whether there is such a tenant. */
  readonly isActive: (tenantId: string) => boolean;
  /** Moves the room of tenants' quotas; undefined: nobody does. */
  readonly quota?: Pick<RoomKeeper, 'makeRoom'> | undefined;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

export interface AdmissionBridge {
  readonly port: number;
  close(): Promise<void>;
}

export async function startAdmissionBridge(options: BridgeOptions): Promise<AdmissionBridge> {
  const { bridge, log, isActive } = options;
  const handle = createReviewHandler(options);
  const waiting = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', bridge.url);
    if (options.quota && request.method === 'POST' && isQuotaReviewPath(url.pathname, bridge.key)) {
      const review = await reviewCreation(await readBody(request), options.quota);
      response.writeHead(200, { 'content-type': 'application/json' }).end(review);
      return;
    }
    const target = request.method === 'POST' ? verifyWebhookPath(url.pathname, bridge.key) : undefined;
    if (!target || !isActive(target.tenantId)) {
      response.writeHead(404).end();
      return;
    }
    const { tenantId } = target;
    const inFlight = waiting.get(tenantId) ?? 0;
    if (inFlight >= MAX_PER_TENANT)
      throw new KubeError('TooManyRequests', 'too many requests are waiting for webhooks', { retryAfterSeconds: 1 });
    waiting.set(tenantId, inFlight + 1);
    try {
      const body = await readBody(request);
      const review = await handle({ target, path: url.pathname, body, timeoutMs: timeoutOf(url) });
      response.writeHead(200, { 'content-type': 'application/json' }).end(review);
    } finally {
      const left = (waiting.get(tenantId) ?? 1) - 1;
      if (left === 0) waiting.delete(tenantId);
      else waiting.set(tenantId, left);
    }
  }

  const server = createServer(readTls(options), (request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      const error = toStatusError(thrown);
      // The tenant's own doing is no fault of the bridge.
      if (error.reason === 'InternalError' && !(thrown instanceof WebhookError)) log.error({ err: thrown }, 'a review failed');
      if (response.headersSent) response.destroy();
      else response.writeHead(error.code, { 'content-type': 'application/json' }).end(JSON.stringify(error.status()));
    });
  });
  server.requestTimeout = 30_000;
  // Longer than kube-apiserver keeps an idle connection (90 s): one that we close is one that it may just be writing to.
  server.keepAliveTimeout = 120_000;
  const unfollow = followFiles(
    [options.certFile, options.keyFile],
    () => server.setSecureContext(readTls(options)),
    (error) => log.warn({ err: error }, 'the changed certificate of the bridge cannot be used, going on with the former'),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        unfollow();
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function readTls({ certFile, keyFile }: BridgeOptions): TlsOptions {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' };
}

/** Upstream puts the message behind `failed calling webhook "…": failed to call webhook: `. */
function toStatusError(thrown: unknown): KubeError {
  if (thrown instanceof KubeError) return thrown;
  if (thrown instanceof WebhookError) return new KubeError('InternalError', thrown.message, undefined, { cause: thrown });
  if (isUpstreamError(thrown))
    return new KubeError('ServiceUnavailable', 'the service of the webhook cannot be looked up', undefined, { cause: thrown });
  return new KubeError('InternalError', 'Internal error occurred', undefined, { cause: thrown });
}

function timeoutOf(url: URL): number {
  const match = /^([0-9]{1,5})(ms|s)$/.exec(url.searchParams.get('timeout') ?? '');
  return match ? Number(match[1]) * (match[2] === 's' ? 1000 : 1) : DEFAULT_TIMEOUT_MS;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REVIEW_BYTES) throw new KubeError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_REVIEW_BYTES}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

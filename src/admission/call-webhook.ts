import { request } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { serviceUrl, type WebhookTarget } from '../names/webhook-url.ts';
import type { Backend } from './resolve-service.ts';
import { WebhookError } from './webhook-error.ts';

export interface WebhookCall {
  readonly target: WebhookTarget;
  readonly backends: readonly Backend[];
  /** PEM, of the tenant's own. */
  readonly trusted: Buffer;
  readonly body: string;
  readonly timeoutMs: number;
  /** Larger answers are an error. */
  readonly maxBytes: number;
  /** Development: dialled in the place of every address, with its port. */
  readonly dialInstead?: string | undefined;
}

/**
 * Asks a tenant's webhook as upstream would: HTTPS to one of the backends, the next where one does not answer the phone, its
 * certificate to be one for `<service>.<namespace>.svc` by the tenant's own CA. Nothing is sent before that is known.
 *
 * @returns the body of a 200
 * @throws WebhookError
 */
export async function callWebhook(call: WebhookCall): Promise<string> {
  const deadline = AbortSignal.timeout(call.timeoutMs);
  let failure: unknown;
  for (const backend of call.backends.slice(0, 3)) {
    try {
      return await post(call, backend, deadline);
    } catch (thrown) {
      failure = thrown;
      if ((thrown as NodeJS.ErrnoException).syscall !== 'connect') break;
    }
  }
  if (failure instanceof WebhookError) throw failure;
  throw new WebhookError(
    `Post "${callUrl(call.target, call.timeoutMs)}": ${deadline.aborted ? 'context deadline exceeded' : describe(failure)}`,
    {
      cause: failure,
    },
  );
}

function post(call: WebhookCall, backend: Backend, signal: AbortSignal): Promise<string> {
  const { target, body, maxBytes } = call;
  const serverName = `${target.service}.${target.namespace}.svc`;
  const url = new URL(callUrl(target, call.timeoutMs));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: call.dialInstead ?? backend.address,
        port: backend.port,
        servername: serverName,
        // By the name alone: an address in the certificate says nothing.
        checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
        ca: call.trusted,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        // A connection of its own: none is shared between tenants.
        agent: false,
        method: 'POST',
        path: url.pathname + url.search,
        headers: {
          host: `${serverName}:${target.port}`,
          accept: 'application/json, */*',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'kube-apiserver-admission',
        },
        signal,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) response.destroy(new WebhookError(`expected response body to be at most ${maxBytes} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200) resolve(text);
          else
            reject(
              new WebhookError(`an error on the server (${JSON.stringify(text.slice(0, 512))}) has prevented the request from succeeding`),
            );
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** As it stands in upstream's messages. */
export function callUrl(target: WebhookTarget, timeoutMs: number): string {
  return `${serviceUrl(target)}?timeout=${Math.ceil(timeoutMs / 1000)}s`;
}

/** Of a failed connection, no more than that it failed: the bridge stands where the tenant does not. */
function describe(failure: unknown): string {
  const { code = '', syscall } = failure as NodeJS.ErrnoException;
  if (syscall === 'connect') return code === 'ECONNREFUSED' ? 'connect: connection refused' : 'the connection failed';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'tls: failed to verify certificate: x509: certificate is valid for another name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  if (/CERT|SELF_SIGNED|ISSUER|VERIFY/.test(code))
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  if (code === 'ECONNRESET') return 'EOF';
  return code.startsWith('ERR_SSL') ? 'tls: handshake failure' : 'the connection failed';
}

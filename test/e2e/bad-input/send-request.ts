import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';

export interface RawRequest {
  readonly method?: string;
  /** As it goes on the wire. */
  readonly path: string;
  /** Repeated names stay apart, in this order and spelling. */
  readonly headers?: readonly (readonly [string, string])[];
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

export interface RawAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request on a connection of its own, HTTP/1.1, sent as it is. Rejects when there is no answer. */
export function sendRequest(cluster: Cluster, { method = 'GET', path, headers = [], body }: RawRequest): Promise<RawAnswer> {
  const bytes =
    body === undefined
      ? undefined
      : typeof body === 'string' || Buffer.isBuffer(body)
        ? Buffer.from(body)
        : Buffer.from(JSON.stringify(body));
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const { hostname, port, host } = new URL(cluster.server);
  const lines = [
    ['Host', host],
    ...(cluster.token ? [['Authorization', `Bearer ${cluster.token}`]] : []),
    ...(names.has('connection') ? [] : [['Connection', 'close']]),
    ...(bytes && !names.has('content-type') ? [['Content-Type', 'application/json']] : []),
    ...(bytes ? [['Content-Length', String(bytes.length)]] : []),
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: hostname,
        port,
        method,
        path,
        ca: cluster.ca,
        ...(cluster.clientCert && { cert: cluster.clientCert, key: cluster.clientKey }),
        agent: false,
        timeout: 20_000,
        headers: lines.flat(),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ code: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ code: answer.statusCode ?? 0, headers: answer.headers, body: '' });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 20 s')));
    sent.on('error', reject);
    sent.end(bytes);
  });
}

export interface ExpectedStatus {
  readonly code: number;
  readonly reason: string;
  readonly message?: RegExp;
  /** Must not be in the answer. */
  readonly secrets: readonly string[];
}

/** Asserts that the answer is a metav1.Status of a failure, in the tenant's own words. Returns it. */
export function assertStatus(answer: RawAnswer, { code, reason, message, secrets }: ExpectedStatus): Record<string, unknown> {
  assert.equal(answer.code, code, answer.body);
  assert.match(String(answer.headers['content-type']), /^application\/json/, answer.body);
  const status = JSON.parse(answer.body) as Record<string, unknown>;
  assert.deepEqual(
    { kind: status.kind, apiVersion: status.apiVersion, status: status.status, reason: status.reason, code: status.code },
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code },
    answer.body,
  );
  if (message) assert.match(String(status.message), message);
  assertKeepsSecrets(answer, secrets);
  return status;
}

/** Headers count as well. */
export function assertKeepsSecrets(answer: RawAnswer, secrets: readonly string[]): void {
  const said = JSON.stringify(answer.headers) + answer.body;
  for (const secret of secrets) assert.ok(!said.includes(secret), `the answer holds ${secret}: ${said}`);
}

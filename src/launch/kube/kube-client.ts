import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { Cluster } from './kubeconfig.ts';

export interface KubeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface KubeRequestOptions {
  readonly body?: unknown;
  /** Sent as it is, in the place of `body`. */
  readonly text?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** More of them; of several values each is a line of its own. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A few plain requests to an apiserver, as its answers come: no retries, no cache. */
export class KubeClient {
  readonly #cluster: Cluster;
  readonly #agent: Agent;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    const { ca, clientCert, clientKey } = cluster;
    const servername = cluster.serverName ?? new URL(cluster.server).hostname;
    this.#agent = new Agent({
      keepAlive: true,
      ca,
      ...(clientCert && clientKey && { cert: clientCert, key: clientKey }),
      ...(isIP(servername) === 0 && { servername }),
    });
  }

  get server(): string {
    return this.#cluster.server;
  }

  /** Rejects when there is no answer; an answer of any status resolves. `body` is sent as JSON. */
  request(method: string, path: string, options: KubeRequestOptions = {}): Promise<KubeAnswer> {
    const { body, contentType = 'application/json', accept = 'application/json', timeoutMs = 30_000, signal } = options;
    const text = options.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const { token } = this.#cluster;
    const headers = {
      accept,
      'user-agent': 'kubezoo',
      ...(options.headers as Record<string, string | string[]>),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    };
    const ended = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#cluster.server}${path}`,
        { method, headers, agent: this.#agent, signal: signal ? AbortSignal.any([signal, ended]) : ended },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /**
   * The lines of an answer as they come, until it ends or the signal aborts. Throws what went wrong with the connection; an answer of
   * another status than 200 becomes `onRefused`'s error.
   */
  async *lines(path: string, signal: AbortSignal, onRefused: (status: number, body: string) => Error): AsyncGenerator<string> {
    const { token } = this.#cluster;
    const headers = { accept: 'application/json', 'user-agent': 'kubezoo', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${this.#cluster.server}${path}`, { headers, agent: this.#agent, signal }, resolve).on('error', reject).end();
    });
    response.setEncoding('utf8');
    if (response.statusCode !== 200) throw onRefused(response.statusCode ?? 0, (await response.toArray()).join(''));
    let text = '';
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Whether the answer is the wanted one; no answer is none. For waiting until something serves. */
export async function answersWith(client: KubeClient, path: string, status = 200): Promise<boolean> {
  return client.request('GET', path, { timeoutMs: 5000 }).then(
    (answer) => answer.status === status,
    () => false,
  );
}

import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';

export interface ExchangeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent at once, and the request is ended. Without it a method that has a body waits for `sent.write` and `sent.end`. */
  readonly body?: string | Buffer;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A request in the test's own hand, on a connection of its own. */
export interface OpenExchange {
  readonly sent: ClientRequest;
  /** The answer's head, its body not yet read. Rejects when there is none. */
  readonly response: Promise<IncomingMessage>;
  /** Reads the whole answer. Rejects when it is cut. */
  answer(): Promise<Answer>;
  /** Ends the connection, whatever is under way. */
  cut(): void;
}

export function openExchange(cluster: Cluster, path: string, options: ExchangeOptions = {}): OpenExchange {
  const { method = 'GET', headers, body, timeoutMs = 30_000 } = options;
  const { ca, clientCert, clientKey, token } = cluster;
  const agent = new Agent({ ca, ...(clientCert && clientKey && { cert: clientCert, key: clientKey }) });
  const sent = request(`${cluster.server}${path}`, {
    method,
    agent,
    headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
    // An upgrade's answer has no body; its bytes come from the socket.
    sent.once('upgrade', (answer) => resolve(answer));
  });
  // Whoever does not ask for the answer does not care how it ends.
  response.catch(() => {});
  const timer = setTimeout(() => sent.destroy(new Error(`${method} ${path}: no end within ${timeoutMs} ms`)), timeoutMs);
  sent.once('close', () => clearTimeout(timer));
  if (body !== undefined) sent.end(body);
  else if (method === 'GET' || method === 'DELETE') sent.end();
  else sent.flushHeaders();
  return {
    sent,
    response,
    answer: async () => readAnswer(await response),
    cut: () => sent.destroy(),
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') };
}

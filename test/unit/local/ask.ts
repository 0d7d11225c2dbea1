import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { LocalLog } from '../../../src/local/answer-request.ts';
import { IDENTITY_HEADER, type Identity, type LocalHandler } from '../../../src/local/local-request.ts';
import { type LocalServer, startLocalServer } from '../../../src/local/server.ts';

export const TENANT: Identity = { role: 'tenant', tenantId: 'demo01', user: 'alice', groups: ['tenant-admins'] };
export const OPERATOR: Identity = { role: 'operator', user: 'root', groups: ['kubezoo:operators'] };

export interface Question {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  /** null: no identity header at all. */
  identity?: Identity | null;
  body?: Buffer;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
  json: any;
}

export interface TestServer extends LocalServer {
  readonly socketPath: string;
  ask(question: Question | string): Promise<Answer>;
  /** The answer as soon as its headers are there. */
  open(question: Question): Promise<IncomingMessage>;
}

/** A local server on a socket of its own, and a client that keeps its connections as Envoy does. */
export async function serve(handlers: readonly LocalHandler[], log: LocalLog = { error() {} }, drainMs = 1_000): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kubezoo-local-'));
  const socketPath = join(folder, 'local.sock');
  const server = await startLocalServer({ socketPath, handlers, log, drainMs });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const opened: IncomingMessage[] = [];
  const open = async (question: Question): Promise<IncomingMessage> => {
    const message = await send(socketPath, agent, question);
    opened.push(message);
    return message;
  };
  const ask = async (question: Question | string): Promise<Answer> => {
    const message = await open(typeof question === 'string' ? { path: question } : question);
    const text = (await buffer(message)).toString('utf8');
    const isJson = message.headers['content-type']?.startsWith('application/json') && text !== '';
    return { status: message.statusCode!, headers: message.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const asked = new Set<Promise<Answer>>();
  return {
    socketPath,
    open,
    ask(question) {
      const answer = ask(question);
      asked.add(answer);
      return answer;
    },
    async close() {
      await server.close();
      await Promise.allSettled(asked);
      for (const message of opened) if (!message.closed) await once(message, 'close');
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function send(
  socketPath: string,
  agent: Agent,
  { method = 'GET', path, headers = {}, identity = TENANT, body }: Question,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const all: Record<string, string | string[]> = { ...headers };
    if (identity) all[IDENTITY_HEADER] ??= Buffer.from(JSON.stringify(identity)).toString('base64url');
    const outgoing = request({ socketPath, agent, method, path, headers: all }, (message) => {
      // An answer may be complete before the body is sent: the connection is not to be closed under it.
      if (outgoing.writableFinished) resolve(message);
      else outgoing.once('finish', () => resolve(message));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

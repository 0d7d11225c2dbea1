/** What can be under way when a suspension begins; each says when it is over. */

import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';

export interface Open {
  readonly what: string;
  readonly isOver: () => boolean;
  /** Resolves when bytes have come since it was called. Only where the test itself can make some. */
  readonly isAlive?: () => Promise<void>;
  close(): void;
}

const PODS = '/api/v1/namespaces/default/pods';

export async function openWatchOf(cluster: Cluster, path: string): Promise<Open> {
  const watch = await openWatch(cluster, path);
  return { what: `watch ${path}`, isOver: watch.isOver, close: watch.close };
}

export async function openLog(cluster: Cluster, pod: string): Promise<Open> {
  const exchange = openExchange(cluster, `${PODS}/${pod}/log?follow=true`);
  const response = await exchange.response;
  let over = false;
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('error', () => (over = true)).once('close', () => (over = true));
  await waitUntil('a line of the log', () => text !== '', { timeoutMs: 10_000, intervalMs: 20 });
  return { what: 'logs -f', isOver: () => over, close: exchange.cut };
}

/** An upgraded connection, whose other end answers with what it gets. */
export async function openUpgrade(cluster: Cluster, pod: string, subresource: string): Promise<Open> {
  const exchange = openExchange(cluster, `${PODS}/${pod}/${subresource}?command=sh&stdin=true&ports=80`, {
    method: 'POST',
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
    body: '',
  });
  let over = false;
  let echoed = '';
  exchange.sent.once('upgrade', (_, socket) => {
    socket.on('error', () => {}).on('data', (bytes: Buffer) => (echoed += bytes.toString()));
    socket.once('close', () => (over = true));
    socket.write('hello');
  });
  const { statusCode } = await exchange.response;
  if (statusCode !== 101) throw new Error(`${subresource}: ${statusCode}`);
  await waitUntil('the echo', () => echoed === 'hello', { timeoutMs: 10_000, intervalMs: 20 });
  return { what: subresource, isOver: () => over, close: exchange.cut };
}

/** A POST whose body has begun and does not end. */
export function holdWrite(cluster: Cluster, path: string): Open & { finish(): Promise<number> } {
  const exchange = openExchange(cluster, path, { method: 'POST', headers: { 'content-type': 'application/json' } });
  let over = false;
  const status = exchange.answer().then(
    (answer) => answer.status,
    () => 0,
  );
  void status.then(() => (over = true));
  exchange.sent.write('{"metadata":');
  return {
    what: 'a write under way',
    isOver: () => over,
    close: exchange.cut,
    finish: async () => {
      exchange.sent.end('{"name":"too-late"}}');
      return await status;
    },
  };
}

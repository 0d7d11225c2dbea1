import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import type { Stack } from '../../helpers/stack.ts';

export interface FakeNode {
  /** Requests that the kubelet has got, by path and query. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const NODE = 'fake-node';

/**
 * A node with a kubelet of the test's own, and on it the Pod `held` in the upstream namespace: its log says a line and goes on
 * for as long as the connection, and what is upgraded is answered with the bytes that it sent.
 */
export async function startFakeNode(stack: Stack, upstream: KubeClient, upstreamNamespace: string): Promise<FakeNode> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const tls = { cert: readFileSync(join(stack.home.pkiDir, 'serving.crt')), key: readFileSync(join(stack.home.pkiDir, 'serving.key')) };
  const kubelet = createServer(tls, (request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'text/plain' }).write('a line\n');
  });
  kubelet.on('connection', (socket: Socket) => sockets.add(socket).has(socket) && socket.once('close', () => sockets.delete(socket)));
  kubelet.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
    socket.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  const { port } = kubelet.address() as AddressInfo;
  const must = async (method: string, path: string, body?: unknown, contentType?: string) => {
    const answer = await upstream.request(method, path, { body, ...(contentType && { contentType }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.body}`);
  };
  const pods = `/api/v1/namespaces/${upstreamNamespace}/pods`;
  await must('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } };
  await must('PATCH', `/api/v1/nodes/${NODE}/status`, { status }, 'application/merge-patch+json');
  await must('POST', pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'held' },
    spec: { nodeName: NODE, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'main', image: 'example.com/none' }] },
  });
  return {
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => kubelet.close(resolve));
      await must('DELETE', `${pods}/held?gracePeriodSeconds=0`);
      await must('DELETE', `/api/v1/nodes/${NODE}`);
    },
  };
}

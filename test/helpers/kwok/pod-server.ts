import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface PodServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What was asked, as the server's own answer at `/echo…`. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodySha256: string;
}

/**
 * A web server such as runs in pods: `/echo` tells what was asked, `/page` is HTML with a link, `/moved` a redirect, `/large` 5 MB, `/fails` a 500
 * in plain text; what is upgraded comes back as it was sent.
 */
export async function startPodServer(address: string): Promise<PodServer> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const path = url.split('?', 1)[0];
    if (path === '/page')
      return response.setHeader('content-type', 'text/html').end('<html><body><a href="/echo/there">there</a></body></html>');
    if (path === '/moved') return response.writeHead(302, { location: '/echo/there' }).end();
    if (path === '/large') return response.setHeader('content-type', 'application/octet-stream').end(Buffer.alloc(5_000_000, 'x'));
    if (path === '/fails') return response.writeHead(500, { 'content-type': 'text/plain' }).end('demo01-web: out of order');
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    return request.on('end', () => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, url, headers, bodySha256: hash.digest('hex') }));
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`);
    socket.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

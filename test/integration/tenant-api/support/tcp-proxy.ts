import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** A TCP proxy that can hang up, or keep its connections and pass nothing on. */
export async function startProxy(target: number) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server;
  let passing = true;
  const listen = async () => {
    server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      // A connection of the time before it fell silent stays silent for ever.
      const born = passing;
      client.on('data', (chunk) => (passing || !born) && upstream.write(chunk));
      upstream.on('data', (chunk) => (passing || !born) && client.write(chunk));
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen();
  return {
    port,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    mend: listen,
    swallow: () => {
      passing = false;
    },
  };
}

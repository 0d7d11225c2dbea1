import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PROBE_EVERY_MS = 100;

export interface Backend {
  readonly port: number;
  /** Asked for `/readyz`. */
  readonly adminUrl: string;
}

export interface LoadBalancer {
  readonly url: string;
  add(backend: Backend): Promise<void>;
  /** Connections that are open to the backend now. */
  openTo(backend: Backend): number;
  close(): Promise<void>;
}

/** Passes TCP connections on to backends that are ready, in turn, as a Service does: those that are open stay where they are. */
export async function startLoadBalancer(): Promise<LoadBalancer> {
  const ready = new Map<Backend, boolean>();
  const open = new Map<Socket, Backend>();
  const stop = new AbortController();
  const probes: Promise<void>[] = [];
  let turn = 0;
  const probe = async (backend: Backend) => {
    const isReady = await fetch(`${backend.adminUrl}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    ready.set(backend, isReady);
  };
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    const backends = [...ready].filter(([, isReady]) => isReady).map(([backend]) => backend);
    const backend = backends[turn++ % backends.length];
    if (!backend) {
      client.destroy();
      return;
    }
    const behind = connect(backend.port, '127.0.0.1');
    open.set(client, backend);
    behind.on('error', () => client.destroy());
    client.pipe(behind).pipe(client);
    client.once('close', () => {
      open.delete(client);
      behind.destroy();
    });
    behind.once('close', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: async (backend) => {
      await probe(backend);
      probes.push(
        (async () => {
          while (!stop.signal.aborted) {
            await delay(PROBE_EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
            await probe(backend);
          }
        })(),
      );
    },
    openTo: (wanted) => [...open.values()].filter((backend) => backend === wanted).length,
    close: async () => {
      stop.abort();
      await Promise.all(probes);
      for (const client of open.keys()) client.destroy();
      server.close();
    },
  };
}

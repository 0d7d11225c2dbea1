import { chmodSync, rmSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Exchange, type ExchangeDeps, type ExchangeStream } from './exchange.ts';
import type { ExchangeKind } from './metrics/exchange-kind.ts';
import { externalProcessorService } from './protocol.ts';

export interface ExtProcServer {
  /** One for each exchange that is open. */
  openKinds(): Iterable<ExchangeKind>;
  /** Ends watches, which have no end of their own, in order; new ones are still served. */
  endWatches(): void;
  /** Ends watches at once, and lets other exchanges end for up to `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Serves ext_proc on a Unix socket that only this user can open. */
export async function startExtProcServer(socketPath: string, deps: ExchangeDeps): Promise<ExtProcServer> {
  const server = new Server({
    // Chunks of up to 1 MiB and more come; Envoy's own buffers are the limit.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': 100_000,
    // Counts and time-stamps every message; nobody reads it.
    'grpc.enable_channelz': 0,
  });
  const open = new Set<Exchange>();
  server.addService(externalProcessorService(), {
    Process: (stream: ExchangeStream) => {
      const exchange = new Exchange(stream, deps, () => open.delete(exchange));
      open.add(exchange);
    },
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  chmodSync(socketPath, 0o600);
  const endWatches = () => {
    for (const exchange of [...open]) if (exchange.isWatch) exchange.end();
  };
  return {
    *openKinds() {
      for (const exchange of open) yield exchange.kind;
    },
    endWatches,
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const exchange of [...open]) exchange.end();
          // Without channelz grpc-js knows no sessions that it could destroy: what is left is Envoy's idle connection.
          server.forceShutdown();
          resolve();
        }, graceMs);
        server.tryShutdown(() => {
          clearTimeout(cut);
          resolve();
        });
        endWatches();
      }),
  };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** prom-client's Registry, or what puts several together. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface AdminServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * /metrics, /healthz (the process runs; also /livez) and /readyz for the platform. `/readyz?exclude=NAME` leaves a check out, as the apiserver's does.
 *
 * @param address `host:port`; port 0 picks a free one
 * @param notReady what is missing of the checks that are not excluded, or undefined when requests can be served
 * @param answerPage answers what is the operator's page's, and says whether it was
 */
export async function startAdminServer(
  address: string,
  registry: MetricsSource,
  notReady: (excluded: ReadonlySet<string>) => string | undefined,
  answerPage: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<AdminServer> {
  const colon = address.lastIndexOf(':');
  const server = createServer((request, response) => {
    if (answerPage(request, response)) return;
    const [path, query] = request.url?.split('?', 2) ?? [];
    if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.setHeader('content-type', registry.contentType).end(text),
        (error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        },
      );
    } else if (path === '/readyz' || path === '/livez' || path === '/healthz') {
      const missing = path === '/readyz' ? notReady(new Set(new URLSearchParams(query).getAll('exclude'))) : undefined;
      response.statusCode = missing ? 503 : 200;
      response.end(missing ?? 'ok');
    } else {
      response.statusCode = 404;
      response.end('404 page not found\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(colon + 1)), address.slice(0, colon).replace(/^\[|\]$/g, ''), resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${address.slice(0, colon)}:${port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

import type { UpstreamRequest, UpstreamTransport } from './upstream-client.ts';

/**
 * The same transport, but no request begins, or goes on, once `signal` is aborted. `refresh` is called before each begins, to abort it
 * where that is due.
 */
export function withSignal(transport: UpstreamTransport, signal: AbortSignal, refresh: () => unknown = () => {}): UpstreamTransport {
  const bound = (request: UpstreamRequest): UpstreamRequest => {
    refresh();
    signal.throwIfAborted();
    return { ...request, signal: request.signal ? AbortSignal.any([request.signal, signal]) : signal };
  };
  return {
    request: async (request) => transport.request(bound(request)),
    stream: async (request) => transport.stream(bound(request)),
    close: () => transport.close(),
  };
}

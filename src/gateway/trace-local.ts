import { context } from '@opentelemetry/api';
import { isTrue } from '../kube/request-info.ts';
import type { LocalHandler } from '../local/local-request.ts';
import { inSpan, sampledParent } from '../telemetry/tracing.ts';

/**
 * The local API's part of a trace, whose `traceparent` Envoy has put into the request. What is asked of upstream meanwhile belongs to it. A
 * watch is a span only until it has begun to run.
 */
export function traced(handlers: readonly LocalHandler[]): LocalHandler[] {
  const handler: LocalHandler = async (request, response) => {
    for (const handle of handlers) if (await handle(request, response)) return true;
    return false;
  };
  return [
    (request, response) => {
      const { traceparent } = request.headers;
      const parent = sampledParent(typeof traceparent === 'string' ? traceparent : undefined);
      if (!parent) return handler(request, response);
      const { method, path, query } = request;
      const attributes = { 'http.request.method': method, 'url.path': path };
      const isWatch = query.has('watch') && isTrue(query.get('watch'));
      return context.with(parent, () => {
        if (!isWatch) return inSpan('local API', attributes, () => handler(request, response));
        let served: Promise<boolean> | undefined;
        return inSpan('local watch', attributes, async () => {
          served = handler(request, response);
        }).then(() => served!);
      });
    },
  ];
}

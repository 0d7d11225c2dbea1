import type { ServerResponse } from 'node:http';
import { context, trace } from '@opentelemetry/api';
import { KubeError } from '../errors.ts';
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
        if (!isWatch) return inSpan('local API', attributes, () => withOutcome(() => handler(request, response), response));
        let served: Promise<boolean> | undefined;
        return inSpan('local watch', attributes, async () => {
          served = handler(request, response);
        }).then(() => served!);
      });
    },
  ];
}

/** The exchange's last span does not know it: of what is answered here only the sidecar's local API sees the code. */
async function withOutcome(serve: () => Promise<boolean>, response: ServerResponse): Promise<boolean> {
  const span = trace.getActiveSpan();
  try {
    const isServed = await serve();
    span?.setAttribute('http.response.status_code', response.statusCode);
    return isServed;
  } catch (thrown) {
    const { code, reason } = thrown instanceof KubeError ? thrown : { code: 500, reason: 'InternalError' };
    span?.setAttributes({ 'http.response.status_code': code, 'error.type': reason });
    throw thrown;
  }
}

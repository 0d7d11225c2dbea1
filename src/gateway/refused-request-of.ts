import type { ServerResponse } from 'node:http';
import { trace } from '@opentelemetry/api';
import { KubeError, messageForOthers } from '../errors.ts';
import { parseRequest, type RequestInfo } from '../kube/request-info.ts';
import type { LocalHandler, LocalRequest } from '../local/local-request.ts';
import type { RefusedRequest } from '../operator-page/refused-request.ts';
import { visibleText } from '../operator-page/visible-text.ts';
import type { ExchangeRecord } from './exchange-record.ts';

/** What the operator's page tells of a refused exchange; undefined: it was not refused. */
export function refusedRequestOf(record: ExchangeRecord): RefusedRequest | undefined {
  const { refusal, startedAt, seconds, tenantId, caller, request, method, target, userAgent, clientAddress, traceId, count = 1 } = record;
  if (!refusal) return undefined;
  const at = startedAt + seconds * 1000;
  return {
    ...{ at, lastAt: at, count, tenantId, traceId },
    ...describe(request, method, target),
    ...{ code: refusal.code, reason: refusal.reason, message: visibleText(messageForOthers(refusal), 512) },
    user: shown(caller?.identity.user),
    userAgent: shown(userAgent),
    clientAddress: shown(clientAddress),
  };
}

/** What says that there is no such thing, or that it is wrong, is an answer like upstream's, no refusal. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 405, 406, 429, 500, 503, 504]);

/** Tells of what the local API refuses (writes to hidden kinds, say), which the exchange's record does not know. */
export function withRefusals(handlers: readonly LocalHandler[], onRefused: (refused: RefusedRequest) => void): LocalHandler {
  return async (request: LocalRequest, response: ServerResponse) => {
    try {
      for (const handle of handlers) if (await handle(request, response)) return true;
      return false;
    } catch (thrown) {
      const error = thrown instanceof KubeError ? thrown : undefined;
      if (error && REFUSALS.has(error.code)) onRefused(localRefusal(request, error));
      throw thrown;
    }
  };
}

function localRefusal({ method, path, query, headers, identity }: LocalRequest, error: KubeError): RefusedRequest {
  const at = Date.now();
  return {
    ...{ at, lastAt: at, count: 1 },
    tenantId: identity.role === 'tenant' ? identity.tenantId : undefined,
    user: shown(identity.user),
    ...describe(parsed(method, path, query), method, path),
    ...{ code: error.code, reason: error.reason, message: visibleText(messageForOthers(error), 512) },
    userAgent: shown(typeof headers['user-agent'] === 'string' ? headers['user-agent'] : undefined),
    traceId: trace.getActiveSpan()?.spanContext().traceId,
  };
}

function parsed(method: string, path: string, query: URLSearchParams): RequestInfo | undefined {
  try {
    return parseRequest(method, path, query);
  } catch {
    return undefined;
  }
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : visibleText(text, 160);
}

/** As one would type it: `pods/log -n web web-0`. */
function describe(request: RequestInfo | undefined, method = '?', target = '?'): Pick<RefusedRequest, 'verb' | 'resource'> {
  // A query may hold what is nobody's business (a command with a password in it).
  if (request?.type !== 'resource') return { verb: visibleText(method, 16), resource: visibleText(target.split('?', 1)[0]!) };
  const { verb, group, resource, subresource, namespace, name } = request;
  const kind = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return { verb, resource: visibleText([kind, namespace && `-n ${namespace}`, name].filter(Boolean).join(' ')) };
}

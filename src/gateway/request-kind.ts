import { isTrue, type RequestInfo, WRITE_VERBS } from '../kube/request-info.ts';
import type { RequestKind } from '../limits/limits.ts';

/** Sub-resources whose requests last as long as their users like: the apiserver's --long-running-request-regexp. */
const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

export function isLongRunning(request: RequestInfo, query: URLSearchParams): boolean {
  if (request.type !== 'resource') return false;
  if (request.verb === 'watch') return true;
  if (request.subresource === 'log') return query.has('follow') && isTrue(query.get('follow'));
  return request.subresource !== undefined && LONG_RUNNING_SUBRESOURCES.has(request.subresource);
}

/** Which of the tenant's limits a request counts against. */
export function requestKindOf(request: RequestInfo, query: URLSearchParams): RequestKind {
  return { isLongRunning: isLongRunning(request, query), isWrite: request.type === 'resource' && WRITE_VERBS.has(request.verb) };
}

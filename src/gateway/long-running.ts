import { isTrue, type RequestInfo } from '../kube/request-info.ts';

/** Sub-resources whose requests last as long as their users like: the apiserver's --long-running-request-regexp. */
const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

export function isLongRunning(request: RequestInfo, query: URLSearchParams): boolean {
  if (request.type !== 'resource') return false;
  if (request.verb === 'watch') return true;
  if (request.subresource === 'log') return query.has('follow') && isTrue(query.get('follow'));
  return request.subresource !== undefined && LONG_RUNNING_SUBRESOURCES.has(request.subresource);
}

import type { RequestInfo } from '../../kube/request-info.ts';
import { splitTarget } from '../../kube/request-target.ts';
import { isLongRunning } from '../request-kind.ts';

/** What lasts for as long as its client likes, by what it is; all else is a request. */
export const EXCHANGE_KINDS = ['request', 'watch', 'log', 'exec', 'attach', 'portforward', 'proxy'] as const;

export type ExchangeKind = (typeof EXCHANGE_KINDS)[number];

/** @param target with its query, as the client sent it */
export function exchangeKindOf(request: RequestInfo | undefined, target: string | undefined): ExchangeKind {
  if (request?.type !== 'resource') return 'request';
  if (request.verb === 'watch') return 'watch';
  if (request.subresource === undefined) return 'request';
  return isLongRunning(request, splitTarget(target ?? '').query) ? (request.subresource as ExchangeKind) : 'request';
}

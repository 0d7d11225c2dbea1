import { askedRevision, isPast, type PastQuestion, upstreamCollectionPath } from '../collections/past.ts';
import { beginningOf } from '../tenants/beginning.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { TenantUpstream } from './decide.ts';

/**
 * Whether upstream would answer with what was there before the tenant began: such a request is refused here. (Collections that the gateway makes itself see to
 * that themselves.) @throws KubeError BadRequest
 */
export function asksForPast(
  question: PastQuestion,
  tenant: Tenant | undefined,
  { latestRevision = async () => undefined }: Pick<TenantUpstream, 'latestRevision'>,
): false | Promise<boolean> {
  const beginning = beginningOf(tenant ?? {});
  const asked = beginning === 0 ? undefined : askedRevision(question);
  const { tenantId, request, row } = question;
  return asked ? isPast(asked.revision, beginning, () => latestRevision(upstreamCollectionPath(tenantId, request, row))) : false;
}

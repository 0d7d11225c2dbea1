/** What a suspended tenant may still do. The same question is asked of a request that comes, and of one that is under way when the suspension begins. */
import { KubeError } from '../errors.ts';
import type { RequestInfo, ResourceRequest } from '../kube/request-info.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { findRow } from '../translate/find-row.ts';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/** Ways into what runs in the cluster, whatever the verb. */
const ENTRIES: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * ReadOnly leaves what reads, and reviews, which store nothing. Frozen leaves health and discovery: without discovery kubectl says
 * that it has no such resource, in the place of why.
 * @throws KubeError Forbidden, with the mode and the operator's reason
 */
export function checkSuspension(request: RequestInfo, tenant: Tenant | undefined): void {
  const suspension = tenant?.spec?.suspension;
  if (!suspension || request.type === 'nonResource') return;
  const { mode, reason } = suspension;
  if (mode === 'ReadOnly' && leavesAllAsItIs(request)) return;
  throw new KubeError('Forbidden', `tenant is suspended (${mode})${reason ? `: ${reason}` : ''}`, {
    ...(request.name !== undefined && { name: request.name }),
    ...(request.group && { group: request.group }),
    kind: request.resource,
  });
}

/** The same as a question. */
export function isSuspendedFor(request: RequestInfo, tenant: Tenant | undefined): boolean {
  try {
    checkSuspension(request, tenant);
    return false;
  } catch {
    return true;
  }
}

function leavesAllAsItIs({ verb, group, version, resource, subresource }: ResourceRequest): boolean {
  if (subresource !== undefined && ENTRIES.has(subresource)) return false;
  if (READS.has(verb)) return true;
  return verb === 'create' && subresource === undefined && findRow(group, version, resource, {})?.nameless === true;
}

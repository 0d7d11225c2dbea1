import { KubeError } from '../errors.ts';
import type { Caller } from '../identity/identify.ts';
import type { ResourceRequest, Verb } from '../kube/request-info.ts';
import type { ReviewedAccess } from '../local/reviews/tell-refusals.ts';
import type { SharedNames } from '../translate/context.ts';
import { findRow } from '../translate/find-row.ts';
import { allRows } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { admit } from './admit.ts';
import { checkSuspension } from './suspend.ts';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const VERBS: ReadonlySet<string> = new Set([...READS, 'create', 'update', 'patch', 'delete', 'deletecollection']);
/** Stands for a name that was not given. */
const ANY = 'any';

/**
 * Why the gateway refuses what is asked about, to whoever asks: by the same table, and the same function, as the request itself.
 * Wildcards over groups or resources are questions about what was granted, not about one request: never refused here.
 *
 * @returns the reason; undefined where RBAC alone decides
 */
export function refusalOf(access: ReviewedAccess, caller: Caller, shared?: SharedNames): string | undefined {
  const row =
    allRows().find(({ group, resource }) => group === access.group && resource === access.resource) ??
    findRow(access.group, access.version, access.resource, { shared });
  if (!row) return undefined;
  if (!VERBS.has(access.verb)) return refusalOfVerb(row, access.verb);
  if (row.policy === 'hidden') return READS.has(access.verb) && access.subresource === '' ? undefined : hiddenReason(row);
  try {
    const request = requestOf(row, access);
    checkSuspension(request, caller.tenant);
    admit(request, caller, shared);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof KubeError)) throw thrown;
    // What is not found is nobody's to refuse: an apiserver's review says yes to it, too.
    if (thrown.reason === 'NotFound') return undefined;
    return thrown.message.replace(/^.*? is forbidden: /s, '');
  }
}

/** `*`, and verbs that only rules know (bind, impersonate, approve …). */
function refusalOfVerb(row: ResourceRow, verb: string): string | undefined {
  if (row.policy === 'refused') return row.reason ?? 'this is not offered to tenants';
  return verb === '*' && row.policy !== 'served' ? hiddenReason(row) : undefined;
}

function hiddenReason(row: ResourceRow): string {
  return row.reason ?? (row.custom ? 'this belongs to the platform and is read-only' : `${row.resource} belong to the platform`);
}

/** A request of that kind, as the gateway would get it. */
function requestOf(row: ResourceRow, { verb, group, version, resource, namespace, name, subresource }: ReviewedAccess): ResourceRequest {
  const isOfCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection' || (verb === 'create' && subresource === '');
  const isOverAll = verb === 'list' || verb === 'watch';
  return {
    type: 'resource',
    verb: verb as Verb,
    group,
    version: row.custom ? version : row.versions[0]!,
    resource,
    namespace: row.scope === 'Cluster' ? undefined : namespace || (isOverAll ? undefined : ANY),
    name: isOfCollection ? undefined : name || ANY,
    subresource: subresource === '' || subresource === '*' ? undefined : subresource,
    rest: '',
  };
}

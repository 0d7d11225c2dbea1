import { allRows } from '../../translate/table/index.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';

export const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/** rbac/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Upstream's own roles change with its version only. */
const LIFETIME_MS = 60_000;
const known = new WeakMap<UpstreamClient, Map<string, { rules: Promise<PolicyRule[]>; until: number }>>();

/**
 * The rules of one of upstream's own roles (`system:aggregate-to-view`) without what tenants are refused, so that a tenant's
 * `view` lets see what the `view` of a cluster of this version does. None when upstream has no such role. Throws UpstreamError.
 */
export function bootstrapRules(upstream: UpstreamClient, upstreamRole: string): Promise<PolicyRule[]> {
  const roles = known.get(upstream) ?? new Map<string, { rules: Promise<PolicyRule[]>; until: number }>();
  known.set(upstream, roles);
  const kept = roles.get(upstreamRole);
  if (kept && kept.until > performance.now()) return kept.rules;
  const rules = read(upstream, upstreamRole);
  roles.set(upstreamRole, { rules, until: performance.now() + LIFETIME_MS });
  rules.catch(() => roles.delete(upstreamRole));
  return rules;
}

async function read(upstream: UpstreamClient, upstreamRole: string): Promise<PolicyRule[]> {
  try {
    const { rules } = await upstream.get<KubeObject & { rules?: PolicyRule[] }>(`${CLUSTER_ROLES}/${upstreamRole}`);
    return (rules ?? []).flatMap(offered);
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return [];
    throw thrown;
  }
}

function offered(rule: PolicyRule): PolicyRule[] {
  const { apiGroups = [], resources = [] } = rule;
  if (resources.length === 0) return [rule];
  const kept = resources.filter((resource) => apiGroups.some((group) => !isRefused(group, resource)));
  return kept.length > 0 ? [{ ...rule, resources: kept }] : [];
}

/** What the table does not name is nothing to refuse: an older name, or a kind that this project has not heard of. */
function isRefused(group: string, resource: string): boolean {
  const [parent, subresource] = resource.split('/', 2) as [string, string?];
  const row = allRows().find((candidate) => candidate.group === group && candidate.resource === parent);
  if (!row || subresource === undefined || row.policy === 'refused') return row?.policy === 'refused';
  return Object.hasOwn(row.subresources, subresource) && row.subresources[subresource]!.policy === 'refused';
}

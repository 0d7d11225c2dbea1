/**
 * admissionregistration.k8s.io RuleWithOperations. A selector over namespaces says nothing of cluster-scoped objects, and a
 * policy whose configuration is at fault refuses whatever its rules match, before any condition is looked at. So the rules
 * themselves may match of cluster-scoped objects only what is the tenant's by its kind, or what the selector does hold for.
 */
import { KubeError } from '../../errors.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import { isTenantGroup, toTenantGroup, toUpstreamGroup } from '../groups.ts';
import type { JsonObject } from '../lossless-json.ts';
import { captureObject, textOf } from '../rules/capture-object.ts';
import { findKindOfResource } from './find-kind.ts';

/** What a rule can match, by one of its groups and one of its resources. */
type Reach = 'namespaced' | 'namespaces' | 'own' | 'cluster' | 'unknown';

/** Nothing that a rule may reach depends on them. */
const freeMembers = ['operations', 'apiVersions'];

/**
 * A rule that may match what is cluster-scoped (wildcards) is narrowed to `scope: Namespaced`, and reads so.
 *
 * @throws KubeError Forbidden for cluster-scoped kinds of the platform's cluster, BadRequest for a rule that cannot be spelled
 */
export const matchRuleToUpstream = captureObject(
  (rule, context) => {
    const reaches = new Set(reachesOf(rule, context));
    if (reaches.has('cluster') || (textOf(rule, 'scope') === 'Cluster' && reaches.has('unknown'))) {
      throw new KubeError(
        'Forbidden',
        'a rule on cluster-scoped objects can be on namespaces and on your own custom resources only: others are not offered yet',
      );
    }
    return {
      ...rule,
      ...withGroups(rule, (group) => toUpstreamGroup(group, context)),
      ...(reaches.has('namespaces') && withNames(rule, reaches, context)),
      ...(reaches.has('unknown') && { scope: 'Namespaced' }),
    };
  },
  { freeMembers },
);

export const matchRuleToTenant = captureObject(
  (rule, context) => {
    const shown: JsonObject = { ...rule, ...withGroups(rule, (group) => toTenantGroup(group, context)) };
    const names = strings(rule, 'resourceNames');
    if (names.length === 0 || !reachesOf(shown, context).includes('namespaces')) return shown;
    return { ...shown, resourceNames: names.map((name) => toTenantName(context.tenantId, name)) };
  },
  { unlessHolding: 'prefix' },
);

function withGroups(rule: JsonObject, translate: (group: string) => string): JsonObject {
  const { apiGroups } = rule;
  return Array.isArray(apiGroups) ? { apiGroups: apiGroups.map((group) => (typeof group === 'string' ? translate(group) : group)) } : {};
}

function withNames(rule: JsonObject, reaches: ReadonlySet<Reach>, { tenantId }: TranslateContext): JsonObject {
  const names = strings(rule, 'resourceNames');
  if (names.length === 0) return {};
  if (reaches.size > 1)
    throw new KubeError('BadRequest', 'a rule with resourceNames that is about namespaces cannot be about other kinds as well');
  return { resourceNames: names.map((name) => name && toUpstreamName(tenantId, name)) };
}

/** @param rule in the tenant's spelling */
function reachesOf(rule: JsonObject, context: TranslateContext): Reach[] {
  return strings(rule, 'apiGroups').flatMap((group) => strings(rule, 'resources').map((resource) => reachOf(group, resource, context)));
}

function reachOf(group: string, resource: string, context: TranslateContext): Reach {
  if (group !== '*' && isTenantGroup(group, context)) return 'own';
  const parent = resource.split('/', 1)[0] ?? '';
  if (group === '' && parent === 'namespaces') return 'namespaces';
  const row = findKindOfResource(group, parent);
  if (!row) return 'unknown';
  return row.scope === 'Namespaced' ? 'namespaced' : 'cluster';
}

function strings(rule: JsonObject, member: string): string[] {
  const value = Object.hasOwn(rule, member) ? rule[member] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

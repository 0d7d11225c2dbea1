/**
 * The match condition that every admission policy and webhook of a tenant has upstream, behind those that the tenant wrote.
 * Upstream evaluates all of them, and one that is false decides, so nothing that a tenant writes beside it makes it wider.
 */
import { identityPrefixOf } from '../../names/identity.ts';
import { prefixOf } from '../../names/prefix.ts';
import { isJsonObject, type JsonObject } from '../lossless-json.ts';

/** Tenants neither see a condition of this name nor write one. */
export const FORCED_CONDITION = 'kubezoo.io/tenant';

/** What a policy or webhook does with a request: judge it, or change it as well. */
export type Acts = 'validating' | 'mutating';

/** Kubernetes' own controllers and nodes. The platform's people and operators are none of them. */
const SYSTEM_USER = '^system:(serviceaccount:kube-system:|node:|kube-controller-manager$|kube-scheduler$|apiserver$)';

/**
 * What may be changed on its way from one of Kubernetes' controllers: what it makes of a tenant's workloads. Anything else
 * that a controller writes is not looked at by the platform's guards, so a tenant must not have a hand in it.
 */
const FROM_CONTROLLERS =
  'request.resource.group in ["apps", "batch"] || request.resource.group == "" && request.resource.resource in ["pods", "replicationcontrollers"]';

/** Holds for requests of the tenant's users, and of Kubernetes' own, about the tenant's own objects. It never errs. */
export function forcedCondition(tenantId: string, acts: Acts): { name: string; expression: string } {
  const prefix = JSON.stringify(prefixOf(tenantId));
  const ownGroup = `request.resource.group.startsWith(${prefix})`;
  const named = (member: string) => `has(object.metadata.${member}) && object.metadata.${member}.startsWith(${prefix})`;
  const ownNamespaceObject = `has(request.name) && request.name != "" ? request.name.startsWith(${prefix}) : object != null && has(object.metadata) && (${named('name')} || ${named('generateName')})`;
  const ownObject = `request.resource.group == "" && request.resource.resource == "namespaces" ? (${ownNamespaceObject}) : has(request.namespace) && request.namespace != "" ? request.namespace.startsWith(${prefix}) : ${ownGroup}`;
  const ownUser = `request.userInfo.username.startsWith(${JSON.stringify(identityPrefixOf(tenantId))})`;
  const system = `request.userInfo.username.matches(${JSON.stringify(SYSTEM_USER)})`;
  const controllers = acts === 'validating' ? system : `${system} && (${FROM_CONTROLLERS} || ${ownGroup})`;
  return { name: FORCED_CONDITION, expression: `(${ownObject}) && has(request.userInfo.username) && (${ownUser} || ${controllers})` };
}

export function isForcedCondition(condition: unknown): condition is JsonObject {
  return isJsonObject(condition) && condition.name === FORCED_CONDITION;
}

/** API groups and apiVersions, wherever they stand. */
import { KubeError } from '../../errors.ts';
import type { TranslateContext } from '../context.ts';
import type { StringRule } from '../engine/plan.ts';
import { isBuiltInGroup, isTenantGroup, toUpstreamApiVersion, toUpstreamGroup } from '../groups.ts';

export const groupToUpstream: StringRule = (group, context: TranslateContext) => toUpstreamGroup(group, context);
export const apiVersionToUpstream: StringRule = (apiVersion, context: TranslateContext) => toUpstreamApiVersion(apiVersion, context);

/** @throws KubeError Forbidden for a group that cannot be a tenant's; '' stays, and upstream says what is wrong with it */
export const definedGroupToUpstream: StringRule = (group, context: TranslateContext) => {
  if (group === '' || isTenantGroup(group, context)) return toUpstreamGroup(group, context);
  const owner = isBuiltInGroup(group) ? 'Kubernetes' : 'the platform';
  throw new KubeError(
    'Forbidden',
    `customresourcedefinitions.apiextensions.k8s.io is forbidden: spec.group: the API group ${JSON.stringify(group)} belongs to ${owner}`,
    { group: 'apiextensions.k8s.io', kind: 'customresourcedefinitions' },
  );
};

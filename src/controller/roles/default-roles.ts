/** The ClusterRoles and the binding that a new cluster has for its users: as k8s.io/kubernetes bootstrappolicy makes them. */
import { toUpstreamIdentity } from '../../names/identity.ts';
import { toUpstreamName } from '../../names/prefix.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { roleLabelKeyToUpstream } from '../../translate/rules/reserved-keys.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';
import type { PolicyRule } from './bootstrap-rules.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${RBAC_GROUP}/v1`;
const BOOTSTRAPPING = 'kubernetes.io/bootstrapping';

/** "false" on one of these objects: whoever set it keeps it himself, as a cluster's apiserver lets him. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export type Audience = 'admin' | 'edit' | 'view';

export interface DefaultRole {
  readonly tenantName: string;
  /** What this role becomes a part of. */
  readonly aggregateTo?: Audience;
  /** What it is made of: the other roles for that audience … */
  readonly aggregated?: Audience;
  /** … or rules: these, or those that upstream's role of the same name has. */
  readonly rules?: readonly PolicyRule[] | 'upstream';
}

const EVERYTHING: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  // Upstream it reaches nothing (the gateway has no such path), but a tenant's own servers ask reviews about their paths.
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

export const DEFAULT_ROLES: readonly DefaultRole[] = [
  { tenantName: 'cluster-admin', rules: EVERYTHING },
  { tenantName: 'admin', aggregated: 'admin' },
  { tenantName: 'edit', aggregated: 'edit', aggregateTo: 'admin' },
  { tenantName: 'view', aggregated: 'view', aggregateTo: 'edit' },
  { tenantName: 'system:aggregate-to-admin', rules: 'upstream', aggregateTo: 'admin' },
  { tenantName: 'system:aggregate-to-edit', rules: 'upstream', aggregateTo: 'edit' },
  { tenantName: 'system:aggregate-to-view', rules: 'upstream', aggregateTo: 'view' },
];

export const DEFAULT_BINDING = 'cluster-admin';

/** @param rules undefined for an aggregated role: upstream's controller writes those */
export function upstreamRole(
  tenantId: string,
  role: DefaultRole,
  rules: readonly PolicyRule[] | undefined,
): KubeObject & Record<string, unknown> {
  const { tenantName, aggregateTo, aggregated } = role;
  const key = (tenantKey: string) => roleLabelKeyToUpstream(tenantId, tenantKey);
  const aggregation = (audience: Audience) => ({ [key(`${RBAC_GROUP}/aggregate-to-${audience}`)]: 'true' });
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: {
      name: toUpstreamName(tenantId, tenantName),
      labels: {
        [TENANT_LABEL]: tenantId,
        [key(BOOTSTRAPPING)]: 'rbac-defaults',
        ...(aggregateTo && aggregation(aggregateTo)),
      },
      annotations: { [AUTOUPDATE]: 'true' },
    },
    ...(aggregated && {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [TENANT_LABEL]: tenantId, ...aggregation(aggregated) } }] },
    }),
    ...(rules && { rules }),
  };
}

/** For the tenant's group system:masters: no credential is in it, and who may impersonate groups may act as it. */
export function upstreamBinding(tenantId: string): KubeObject & Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: {
      name: toUpstreamName(tenantId, DEFAULT_BINDING),
      labels: { [TENANT_LABEL]: tenantId, [BOOTSTRAPPING]: 'rbac-defaults' },
      annotations: { [AUTOUPDATE]: 'true' },
    },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: toUpstreamName(tenantId, 'cluster-admin') },
    subjects: [{ apiGroup: RBAC_GROUP, kind: 'Group', name: toUpstreamIdentity(tenantId, 'system:masters') }],
  };
}

import { identityPrefixOf } from '../names/identity.ts';
import { tenantIdOfUpstreamName, toTenantName } from '../names/prefix.ts';
import { TENANT_LABEL } from '../tenants/tenant.ts';
import { type FollowOptions, follow } from '../upstream/follow.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';
import { TENANT_CLUSTER_ROLE } from './platform/platform-objects.ts';
import { SUSPEND_POLICY_NAME } from './policies/suspend.ts';
import { CLUSTER_ROLES } from './roles/bootstrap-rules.ts';
import { DEFAULT_BINDING, DEFAULT_ROLES } from './roles/default-roles.ts';
import { NAMESPACES } from './steps/ensure-namespaces.ts';
import { ROOT_CA_CONFIG_MAP } from './steps/ensure-root-ca.ts';
import { CLUSTER_ROLE_BINDINGS } from './steps/grant-access.ts';

export interface DriftHandlers {
  /** Something that the platform gave this tenant was changed or deleted. Any six characters: such a tenant need not exist. */
  onTenant(tenantId: string): void;
  /** One of the platform's own objects was. */
  onPlatform(): void;
  /** The policy that names the suspended tenants was. */
  onSuspensions(): void;
  onError(thrown: unknown): void;
}

const DEFAULT_ROLE_NAMES: ReadonlySet<string> = new Set(DEFAULT_ROLES.map(({ tenantName }) => tenantName));

type Change = 'ADDED' | 'MODIFIED' | 'DELETED';

interface Source {
  readonly path: string;
  readonly query?: FollowOptions['query'];
  onEvent(type: Change, object: KubeObject, handlers: DriftHandlers): void;
}

/** Where what the controller made can be seen to change. */
const SOURCES: readonly Source[] = [
  {
    path: NAMESPACES,
    onEvent(type, { metadata }, { onTenant }) {
      const tenantId = tenantIdOfUpstreamName(metadata.name);
      if (tenantId && (type === 'DELETED' || metadata.labels?.[TENANT_LABEL] !== tenantId)) onTenant(tenantId);
    },
  },
  {
    path: '/api/v1/services',
    query: { fieldSelector: 'metadata.name=kubernetes' },
    onEvent(type, { metadata }, { onTenant }) {
      const tenantId = tenantIdOfUpstreamName(metadata.namespace ?? '');
      if (tenantId && type !== 'ADDED') onTenant(tenantId);
    },
  },
  {
    path: CLUSTER_ROLE_BINDINGS,
    onEvent(type, { metadata }, { onTenant }) {
      if (type === 'ADDED') return;
      const tenantId = /^kubezoo:([^:]*):/.exec(metadata.name)?.[1];
      if (tenantId && metadata.name.startsWith(identityPrefixOf(tenantId))) onTenant(tenantId);
      const ownerId = tenantIdOfUpstreamName(metadata.name);
      if (ownerId && toTenantName(ownerId, metadata.name) === DEFAULT_BINDING) onTenant(ownerId);
    },
  },
  {
    path: CLUSTER_ROLES,
    query: { labelSelector: TENANT_LABEL },
    onEvent(type, { metadata }, { onTenant }) {
      const tenantId = tenantIdOfUpstreamName(metadata.name);
      if (type !== 'ADDED' && tenantId && DEFAULT_ROLE_NAMES.has(toTenantName(tenantId, metadata.name))) onTenant(tenantId);
    },
  },
  platformSource('clusterroles', 'rbac.authorization.k8s.io/v1', { fieldSelector: `metadata.name=${TENANT_CLUSTER_ROLE}` }),
  platformSource('validatingadmissionpolicies'),
  platformSource('validatingadmissionpolicybindings'),
];

/** Served by newer clusters only. */
const MUTATING_SOURCES = (version: string): readonly Source[] => [
  platformSource('mutatingadmissionpolicies', `admissionregistration.k8s.io/${version}`),
  platformSource('mutatingadmissionpolicybindings', `admissionregistration.k8s.io/${version}`),
];

function platformSource(resource: string, groupVersion = 'admissionregistration.k8s.io/v1', query?: FollowOptions['query']): Source {
  return {
    path: `/apis/${groupVersion}/${resource}`,
    ...(query && { query }),
    onEvent(type, { metadata }, { onPlatform, onSuspensions }) {
      if (!/^kubezoo[-:]/.test(metadata.name) || type === 'ADDED') return;
      if (metadata.name === SUSPEND_POLICY_NAME) onSuspensions();
      else onPlatform();
    },
  };
}

/** Of each namespace, and of what it holds for pods. */
const IN_CLUSTER_SOURCES: readonly Source[] = [
  {
    path: NAMESPACES,
    onEvent(type, { metadata }, { onTenant }) {
      const tenantId = tenantIdOfUpstreamName(metadata.name);
      if (tenantId && type === 'ADDED') onTenant(tenantId);
    },
  },
  {
    path: '/api/v1/configmaps',
    query: { fieldSelector: `metadata.name=${ROOT_CA_CONFIG_MAP}` },
    onEvent(type, { metadata }, { onTenant }) {
      const tenantId = tenantIdOfUpstreamName(metadata.namespace ?? '');
      if (tenantId && type !== 'ADDED') onTenant(tenantId);
    },
  },
];

/** Watches until the signal aborts. `mutatingVersion` as in platformObjects; `inCluster`: pods are told of the gateway. */
export async function watchDrift(
  upstream: UpstreamClient,
  mutatingVersion: string | undefined,
  handlers: DriftHandlers,
  signal: AbortSignal,
  inCluster = false,
): Promise<void> {
  const sources = [
    ...SOURCES,
    ...(mutatingVersion === undefined ? [] : MUTATING_SOURCES(mutatingVersion)),
    ...(inCluster ? IN_CLUSTER_SOURCES : []),
  ];
  await Promise.all(
    sources.map(({ path, query, onEvent }) =>
      follow(upstream, path, {
        ...(query && { query }),
        signal,
        onEvent: (type, object) => onEvent(type, object, handlers),
        onError: handlers.onError,
      }),
    ),
  );
}

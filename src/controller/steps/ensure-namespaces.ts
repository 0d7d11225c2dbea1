import { prefixOf, toUpstreamName } from '../../names/prefix.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { DONE, type Outcome, type Step, type StepContext } from './step.ts';

/** Those that every Kubernetes cluster has. */
export const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

export const NAMESPACES = '/api/v1/namespaces';

/** The built-in namespaces are there, and every namespace of the tenant carries its label. */
export const ensureNamespaces: Step = {
  name: 'ensure-namespaces',
  condition: 'NamespacesReady',
  async run(context): Promise<Outcome> {
    const { tenantId, upstream } = context;
    const existing = new Map<string, KubeObject>();
    for (const namespace of await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId))) existing.set(namespace.metadata.name, namespace);
    for (const tenantName of BUILT_IN_NAMESPACES) {
      const upstreamName = toUpstreamName(tenantId, tenantName);
      if (!existing.has(upstreamName)) await create(context, upstreamName);
    }
    for (const namespace of existing.values()) await label(context, namespace);
    const ending = BUILT_IN_NAMESPACES.filter((name) => existing.get(toUpstreamName(tenantId, name))?.metadata.deletionTimestamp);
    if (ending.length === 0) return DONE;
    return {
      state: 'waiting',
      reason: 'NamespaceTerminating',
      message: `being deleted, and made again when gone: ${ending.join(', ')}`,
      retryAfterMs: 2_000,
    };
  },
};

async function create({ tenantId, upstream }: StepContext, upstreamName: string): Promise<void> {
  await upstream.apply(`${NAMESPACES}/${upstreamName}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: upstreamName, labels: { [TENANT_LABEL]: tenantId } },
  });
}

/** Needed where upstream has no policy that does it, and for namespaces that the platform made by hand. */
async function label({ tenantId, upstream }: StepContext, { metadata }: KubeObject): Promise<void> {
  if (metadata.labels?.[TENANT_LABEL] === tenantId || metadata.deletionTimestamp) return;
  try {
    await upstream.patch(`${NAMESPACES}/${metadata.name}`, { metadata: { labels: { [TENANT_LABEL]: tenantId } } });
  } catch (thrown) {
    // Deleted since the list.
    if (!isUpstreamError(thrown, 'NotFound')) throw thrown;
  }
}

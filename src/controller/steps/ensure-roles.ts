import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { bootstrapRules, CLUSTER_ROLES } from '../roles/bootstrap-rules.ts';
import { AUTOUPDATE, DEFAULT_ROLES, type DefaultRole, upstreamBinding, upstreamRole } from '../roles/default-roles.ts';
import { applyBinding, CLUSTER_ROLE_BINDINGS, PLATFORM_NOT_INSTALLED } from './grant-access.ts';
import { DONE, type Outcome, type Step, type StepContext } from './step.ts';

type Applied = KubeObject & Record<string, unknown>;

/**
 * `cluster-admin`, `admin`, `edit` and `view` are there and as they should be. A tenant may change or delete them, as in any
 * cluster; there they are put back when the apiserver starts, here within seconds.
 */
export const ensureRoles: Step = {
  name: 'ensure-roles',
  condition: 'AccessReady',
  async run(context): Promise<Outcome> {
    const { tenantId, upstream, platformInstalled } = context;
    if (!platformInstalled()) return PLATFORM_NOT_INSTALLED;
    const roles = await existing(upstream, CLUSTER_ROLES, tenantId);
    for (const role of DEFAULT_ROLES) await ensureRole(context, role, roles);
    const binding = upstreamBinding(tenantId);
    const bindings = await existing(upstream, CLUSTER_ROLE_BINDINGS, tenantId);
    await keep(upstream, binding, bindings.get(binding.metadata.name), () => applyBinding(upstream, binding));
    return DONE;
  },
};

async function existing(upstream: UpstreamClient, path: string, tenantId: string): Promise<Map<string, KubeObject>> {
  const objects = await listByPrefix(upstream, path, prefixOf(tenantId));
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

async function ensureRole({ tenantId, upstream }: StepContext, role: DefaultRole, roles: ReadonlyMap<string, KubeObject>): Promise<void> {
  const rules = role.rules === 'upstream' ? await bootstrapRules(upstream, role.tenantName) : role.rules;
  const wanted = upstreamRole(tenantId, role, rules);
  const path = `${CLUSTER_ROLES}/${wanted.metadata.name}`;
  await keep(upstream, wanted, roles.get(wanted.metadata.name), () => upstream.apply(path, wanted));
}

/** By name: the version of the object that an apply of just this left behind. */
const settled = new WeakMap<UpstreamClient, Map<string, string>>();

/** Applies what is missing or has changed since it was last applied: so a look at a tenant that is well writes nothing. */
async function keep(
  upstream: UpstreamClient,
  wanted: Applied,
  present: KubeObject | undefined,
  apply: () => Promise<KubeObject>,
): Promise<void> {
  if (present?.metadata.annotations?.[AUTOUPDATE] === 'false') return;
  const versions = settled.get(upstream) ?? new Map<string, string>();
  settled.set(upstream, versions);
  const key = `${wanted.kind as string} ${wanted.metadata.name}`;
  const content = JSON.stringify(wanted);
  if (present?.metadata.resourceVersion && versions.get(key) === `${present.metadata.resourceVersion} ${content}`) return;
  const { metadata } = await apply();
  versions.set(key, `${metadata.resourceVersion ?? ''} ${content}`);
}

import { type Check, type Finding, ok, someOf, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';

/** Every tenant is in it upstream. */
const GROUP = 'system:authenticated';
/** What Kubernetes gives it by itself. */
const DEFAULTS = new Set(['system:basic-user', 'system:discovery', 'system:public-info-viewer']);

interface Binding {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

export const authenticatedGrants: Check = {
  name: 'authenticated-grants',
  title: 'grants to everybody',
  about: "what the group system:authenticated, in which every tenant is, has upstream beyond Kubernetes' defaults",
  run: (context) => eachUpstream(context, lookAtGrants),
};

async function lookAtGrants({ controller }: DoctorUpstream): Promise<Finding[]> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const [cluster, namespaced] = await Promise.all([
    controller.list<Binding>(`${rbac}/clusterrolebindings`),
    controller.list<Binding>(`${rbac}/rolebindings`),
  ]);
  const grants = [...cluster.items, ...namespaced.items].filter(isBeyondDefaults).map(describe);
  if (grants.length === 0) return [ok(`${GROUP} has only what Kubernetes gives it`)];
  return [
    warning(
      `every tenant has what ${GROUP} has: ${someOf(grants)}`,
      'name the subjects of these bindings, not everybody, unless you mean tenants as well',
    ),
  ];
}

function isBeyondDefaults({ metadata, roleRef, subjects = [] }: Binding): boolean {
  if (!subjects.some(({ kind, name }) => kind === 'Group' && name === GROUP)) return false;
  return metadata.namespace !== undefined || !DEFAULTS.has(roleRef.name);
}

function describe({ metadata, roleRef }: Binding): string {
  return `${roleRef.kind} ${roleRef.name}${metadata.namespace ? ` in ${metadata.namespace}` : ''} (by ${metadata.name})`;
}

import { toTenantDefinition } from '../../names/definition.ts';
import { toTenantName } from '../../names/prefix.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';
import { nameOfKind } from './owned-kinds.ts';
import type { Sweep } from './sweep.ts';

/** Kinds, and names of a kind, that a message tells of. */
const MOST = 3;

/** `12 objects are left: 8 configmaps (default/a, default/b and 6 more), 4 namespaces (…)`, in the tenant's names, most of a kind first. */
export function describeRemains({ namespaces, found }: Pick<Sweep, 'namespaces' | 'found'>, tenantId: string): string {
  const kinds = [
    ...(namespaces.length > 0 ? [{ name: 'namespaces', objects: namespaces }] : []),
    ...found.map(({ kind, objects }) => ({ name: nameOfKind(kind), objects })),
  ].sort((a, b) => b.objects.length - a.objects.length);
  const total = kinds.reduce((sum, { objects }) => sum + objects.length, 0);
  const parts = kinds.slice(0, MOST).map(({ name, objects }) => `${objects.length} ${name} (${namesOf(objects, tenantId)})`);
  if (kinds.length > MOST) parts.push(`${kinds.length - MOST} more kinds`);
  return `${total} ${total === 1 ? 'object is' : 'objects are'} left: ${parts.join(', ')}`;
}

function namesOf(objects: readonly KubeObject[], tenantId: string): string {
  const names = objects.slice(0, MOST).map(({ metadata: { namespace, name } }) => {
    if (namespace !== undefined) return `${toTenantName(tenantId, namespace)}/${name}`;
    return toTenantDefinition(tenantId, toTenantName(tenantId, name));
  });
  return names.join(', ') + (objects.length > MOST ? ` and ${objects.length - MOST} more` : '');
}

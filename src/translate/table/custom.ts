/** Rows for what the table cannot name: the resources of CRDs. */
import { SCALE, STATUS } from './make-row.ts';
import type { ResourceRow, Scope } from './row.ts';

const SUBRESOURCES = { status: STATUS, scale: SCALE };
const ANY = { group: '*', versions: ['*'], resource: '*', kind: '*', policy: 'served', fields: {}, subresources: SUBRESOURCES } as const;

/** Of a tenant's own groups. What does not exist there, upstream says itself. */
export const ownCustomResources: ResourceRow = { ...ANY, scope: 'Namespaced', custom: 'own' };

/** Of a CRD of the platform's, in the tenant's namespaces. */
const sharedNamespaced: ResourceRow = { ...ANY, scope: 'Namespaced', custom: 'shared' };

/** The platform's own objects, to be read. */
const sharedCluster: ResourceRow = { ...ANY, scope: 'Cluster', policy: 'shared', custom: 'shared' };

export function sharedCustomResources(scope: Scope): ResourceRow {
  return scope === 'Namespaced' ? sharedNamespaced : sharedCluster;
}

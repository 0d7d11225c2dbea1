import type { PolicyTable } from '../../../src/local/policy-table.ts';
import type { Policy, ResourceRow, SubresourceRow } from '../../../src/translate/table/row.ts';

function row(group: string, version: string, resource: string, kind: string, policy: Policy, more: Partial<ResourceRow> = {}): ResourceRow {
  return { group, versions: [version], resource, kind, scope: 'Cluster', policy, fields: {}, subresources: {}, ...more };
}

function sub(policy: Policy, reason?: string): SubresourceRow {
  return { policy, body: 'object', ...(reason !== undefined && { reason }) };
}

const ROWS: readonly ResourceRow[] = [
  row('', 'v1', 'pods', 'Pod', 'served', {
    scope: 'Namespaced',
    subresources: { status: sub('served'), log: { policy: 'served', body: 'stream' }, binding: sub('refused', 'no scheduling') },
  }),
  row('', 'v1', 'nodes', 'Node', 'hidden', {
    reason: 'nodes belong to the platform',
    subresources: { status: sub('served'), proxy: sub('refused', 'a door to every pod') },
  }),
  row('', 'v1', 'componentstatuses', 'ComponentStatus', 'refused', { reason: 'of the platform' }),
  row('apps', 'v1', 'deployments', 'Deployment', 'served', { scope: 'Namespaced', subresources: { scale: sub('served') } }),
  row('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', 'shared'),
  row('storage.k8s.io', 'v1', 'csistoragecapacities', 'CSIStorageCapacity', 'hidden', { scope: 'Namespaced' }),
  row('certificates.k8s.io', 'v1', 'certificatesigningrequests', 'CertificateSigningRequest', 'refused'),
];

/** A policy table with one row of each sort. */
export const SAMPLE_TABLE: PolicyTable = {
  findResource: (group, version, resource) =>
    ROWS.find((r) => r.group === group && r.resource === resource && r.versions.includes(version)),
  allRows: () => ROWS,
};

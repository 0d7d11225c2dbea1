/** The policy table: every kind that tenants may hear of. What it does not name does not exist for them. */
import { admissionregistrationRows } from './admissionregistration.ts';
import { apiextensionsRows } from './apiextensions.ts';
import { apiregistrationRows } from './apiregistration.ts';
import { appsRows } from './apps.ts';
import { authenticationRows } from './authentication.ts';
import { authorizationRows } from './authorization.ts';
import { autoscalingRows } from './autoscaling.ts';
import { batchRows } from './batch.ts';
import { certificatesRows } from './certificates.ts';
import { coordinationRows } from './coordination.ts';
import { coreRows } from './core.ts';
import { discoveryRows } from './discovery.ts';
import { eventsRows } from './events.ts';
import { flowcontrolRows } from './flowcontrol.ts';
import { metricsRows } from './metrics.ts';
import { networkingRows } from './networking.ts';
import { nodeRows } from './node.ts';
import { policyRows } from './policy.ts';
import { rbacRows } from './rbac.ts';
import { resourceRows } from './resource.ts';
import type { ResourceRow } from './row.ts';
import { schedulingRows } from './scheduling.ts';
import { storageRows } from './storage.ts';
import { storagemigrationRows } from './storagemigration.ts';

const ROWS: readonly ResourceRow[] = [
  ...coreRows,
  ...appsRows,
  ...batchRows,
  ...autoscalingRows,
  ...networkingRows,
  ...policyRows,
  ...discoveryRows,
  ...eventsRows,
  ...coordinationRows,
  ...rbacRows,
  ...authenticationRows,
  ...authorizationRows,
  ...storageRows,
  ...schedulingRows,
  ...nodeRows,
  ...apiextensionsRows,
  ...admissionregistrationRows,
  ...certificatesRows,
  ...apiregistrationRows,
  ...flowcontrolRows,
  ...resourceRows,
  ...storagemigrationRows,
  ...metricsRows,
];

const byResource: ReadonlyMap<string, ResourceRow> = new Map(ROWS.map((row) => [`${row.group}/${row.resource}`, row]));
const byKind: ReadonlyMap<string, ResourceRow> = new Map(ROWS.map((row) => [`${row.group}/${row.kind}`, row]));

/** By group ('' for core), version and plural, as in a path. Undefined: not found, whatever upstream has there. */
export function findResource(group: string, version: string, resource: string): ResourceRow | undefined {
  const row = byResource.get(`${group}/${resource}`);
  return row?.versions.includes(version) ? row : undefined;
}

/** By group and kind, as in an object's `apiVersion` and `kind`; whatever its version. */
export function findKind(group: string, kind: string): ResourceRow | undefined {
  return byKind.get(`${group}/${kind}`);
}

export function allRows(): readonly ResourceRow[] {
  return ROWS;
}

/** Whether names of these objects carry the tenant's prefix upstream. */
export function hasPrefixedNames(row: ResourceRow): boolean {
  return row.scope === 'Cluster' && row.policy === 'served' && !row.nameless;
}

/** The group in an `apiVersion`: '' for core. */
export function groupOfApiVersion(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Server-side apply (kubernetes.io/docs/reference/using-api/server-side-apply). Pure. */
import { isDeepStrictEqual } from 'node:util';
import { KubeError, type StatusCause } from '../errors.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { describePath, type FieldPath, fieldsOf, isBelow } from './field-paths.ts';
import { type FieldSet, without } from './fields-v1.ts';
import { isEntryOf, type Manager, type Writer } from './managed-fields.ts';
import { mergeObjects } from './merge-objects.ts';
import { removeFields } from './remove-fields.ts';
import { TENANT_SCHEMA } from './schema.ts';

export interface Applied {
  readonly tenant: Tenant;
  readonly managers: Manager[];
}

/**
 * `config` is what the applier wants and nothing else; `live` the tenant as it is, `managers` its owners. What the applier
 * owned and wants no more goes, unless somebody else owns it too.
 * @throws KubeError Conflict when another manager owns a field that would change, unless `force`, or the field is `forgiven`
 */
export function applyConfig(
  live: Tenant,
  config: Tenant,
  managers: readonly Manager[],
  writer: Writer,
  force: boolean,
  forgiven: FieldSet = new Set(),
): Applied {
  const mine = managers.find((manager) => isEntryOf(manager, writer, 'Apply'));
  const others = managers.filter((manager) => manager !== mine);
  const wanted = wantedFields(config);
  const merged = mergeObjects(live, config, TENANT_SCHEMA) as unknown as Tenant;
  const conflicts = findConflicts(live, merged, wanted, others);
  const serious = force ? [] : conflicts.filter(({ path }) => !forgiven.has(path));
  if (serious.length > 0) throw conflictError(serious);
  const dropped = [...without(mine?.fields ?? new Set(), wanted)].filter((path) => !isOwned(path, others, wanted));
  const lost = new Set(conflicts.map(({ path }) => path));
  const tenant = removeFields(merged, dropped, TENANT_SCHEMA) as unknown as Tenant;
  // Who only says what is so already did nothing at any time: as the apiserver has it.
  const time = isDeepStrictEqual(tenant, live) ? (mine?.time ?? '') : writer.now;
  const { manager: name, subresource } = writer;
  return {
    tenant,
    managers: [
      ...others.map((manager) => ({ ...manager, fields: without(manager.fields, lost) })),
      { name, operation: 'Apply', subresource, apiVersion: TENANT_API_VERSION, fields: wanted, time },
    ],
  };
}

/** What an applier of `config` owns. Maps and lists are owned by their parts; only an empty one is owned as such. */
export function wantedFields(config: Tenant): FieldSet {
  const wanted: FieldSet = new Set();
  for (const [path, node] of fieldsOf(config, TENANT_SCHEMA)) {
    if (node.kind !== 'container' || node.isEmpty) wanted.add(path);
  }
  return wanted;
}

/** A container or item stays as long as somebody owns a part of it. */
function isOwned(path: FieldPath, others: readonly Manager[], wanted: FieldSet): boolean {
  if ([...wanted].some((owned) => isBelow(owned, path))) return true;
  return others.some(({ fields }) => fields.has(path) || [...fields].some((owned) => isBelow(owned, path)));
}

interface FoundConflict {
  readonly path: FieldPath;
  readonly manager: Manager;
}

function findConflicts(live: Tenant, merged: Tenant, wanted: FieldSet, others: readonly Manager[]): FoundConflict[] {
  const before = fieldsOf(live, TENANT_SCHEMA);
  const after = fieldsOf(merged, TENANT_SCHEMA);
  const conflicts: FoundConflict[] = [];
  for (const path of [...wanted].sort()) {
    const [old, changed] = [before.get(path), after.get(path)];
    if (old?.kind !== 'leaf' || isDeepStrictEqual(old.value, changed?.value)) continue;
    for (const manager of others) if (manager.fields.has(path)) conflicts.push({ path, manager });
  }
  return conflicts;
}

/** In the words of k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go, which kubectl takes apart. */
function conflictError(conflicts: readonly FoundConflict[]): KubeError {
  const causes: StatusCause[] = conflicts.map(({ path, manager }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describeManager(manager)}`,
    field: describePath(path),
  }));
  const byManager = [...Map.groupBy(conflicts, ({ manager }) => describeManager(manager))].sort();
  const lines = byManager.map(
    ([manager, found]) => `conflicts with ${manager}:${found.map(({ path }) => `\n- ${describePath(path)}`).join('')}`,
  );
  const [only] = causes;
  if (causes.length === 1 && only)
    return new KubeError('Conflict', `Apply failed with 1 conflict: ${only.message}: ${only.field}`, { causes });
  return new KubeError('Conflict', `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`, { causes });
}

function describeManager({ name, operation, subresource, apiVersion }: Manager): string {
  const parts = [JSON.stringify(name)];
  if (subresource) parts.push(`with subresource ${JSON.stringify(subresource)}`);
  if (operation === 'Update') parts.push(`using ${apiVersion}`);
  return parts.join(' ');
}

/** Who owns which field: `metadata.managedFields`, as Kubernetes keeps it (structured-merge-diff). Pure. */
import { isDeepStrictEqual } from 'node:util';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { type FieldNode, type FieldPath, fieldsOf } from './field-paths.ts';
import { type FieldSet, fromFieldsV1, toFieldsV1, without } from './fields-v1.ts';
import { isObject } from './read-body.ts';
import { TENANT_SCHEMA } from './schema.ts';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  /** '' or 'status'. */
  readonly subresource: string;
  readonly apiVersion: string;
  readonly fields: FieldSet;
  /** RFC 3339, or '' when the manager never changed anything. */
  readonly time: string;
}

/** Whose write it is. */
export interface Writer {
  readonly manager: string;
  readonly subresource: '' | 'status';
  /** RFC 3339. */
  readonly now: string;
}

/** Undefined when the list is missing, empty, or not what it should be: then the owners so far stay (as Kubernetes has it). */
export function readManagers(managedFields: readonly unknown[] | undefined): Manager[] | undefined {
  if (!managedFields || managedFields.length === 0) return undefined;
  // The documented way to forget all owners.
  if (managedFields.length === 1 && isObject(managedFields[0]) && Object.keys(managedFields[0]).length === 0) return [];
  const managers = managedFields.map(readManager);
  return managers.every((manager) => manager !== undefined) ? managers : undefined;
}

function readManager(entry: unknown): Manager | undefined {
  if (!isObject(entry) || (entry.operation !== 'Apply' && entry.operation !== 'Update')) return undefined;
  const fields = fromFieldsV1(entry.fieldsV1 ?? {});
  const { manager = '', subresource = '', apiVersion = '', time = '' } = entry as Record<string, string>;
  return fields && { name: manager, operation: entry.operation, subresource, apiVersion, fields, time };
}

/** Applies come first, then the older entries; who owns nothing is left out. */
export function writeManagers(managers: readonly Manager[]): unknown[] {
  return managers
    .filter(({ fields }) => fields.size > 0)
    .sort(
      (a, b) =>
        compare(a.operation, b.operation) || compare(a.time, b.time) || compare(a.name, b.name) || compare(a.subresource, b.subresource),
    )
    .map(({ name, operation, apiVersion, time, fields, subresource }) => ({
      manager: name,
      operation,
      apiVersion,
      ...(time && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource && { subresource }),
    }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether an entry is the one that this writer writes to. */
export function isEntryOf(manager: Manager, writer: Writer, operation: Manager['operation']): boolean {
  return manager.name === writer.manager && manager.operation === operation && manager.subresource === writer.subresource;
}

/**
 * The owners after a create, update or patch: what changed is the writer's alone, what went is nobody's.
 * `old` is undefined for a create; `managers` are those before the write.
 */
export function ownersAfterUpdate(old: Tenant | undefined, changed: Tenant, managers: readonly Manager[], writer: Writer): Manager[] {
  const before = old ? fieldsOf(old, TENANT_SCHEMA) : new Map<FieldPath, FieldNode>();
  const after = fieldsOf(changed, TENANT_SCHEMA);
  const touched = new Set([...after].filter(([path, node]) => isChanged(before.get(path), node)).map(([path]) => path));
  const gone = new Set([...before.keys()].filter((path) => !after.has(path)));
  const mine = managers.find((manager) => isEntryOf(manager, writer, 'Update'));
  const others = managers
    .filter((manager) => manager !== mine)
    .map((manager) => ({ ...manager, fields: without(without(manager.fields, touched), gone) }));
  const kept = without(mine?.fields ?? new Set(), gone);
  const time = touched.size > 0 || !mine ? writer.now : mine.time;
  const { manager: name, subresource } = writer;
  return [
    ...others,
    { name, operation: 'Update', subresource, apiVersion: TENANT_API_VERSION, fields: new Set([...kept, ...touched]), time },
  ];
}

function isChanged(before: FieldNode | undefined, after: FieldNode): boolean {
  return before === undefined || before.kind !== after.kind || (after.kind === 'leaf' && !isDeepStrictEqual(before.value, after.value));
}

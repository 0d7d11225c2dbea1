import { allRows } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';

/** By group and plural, whatever the version; only what the table names. */
export function findKindOfResource(group: string, resource: string): ResourceRow | undefined {
  return allRows().find((row) => row.group === group && row.resource === resource);
}

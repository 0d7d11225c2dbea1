import type { ResourceRow } from '../table/row.ts';
import { messageTypeOf } from './wire-schema.ts';

const known = new WeakMap<ResourceRow, boolean>();

/** Whether objects of that kind have a protobuf form that can be read: custom resources have none. */
export function hasProtobuf(row: ResourceRow): boolean {
  let has = known.get(row);
  if (has === undefined) {
    has = row.versions.every((version) => messageTypeOf(row.group ? `${row.group}/${version}` : version, row.kind) !== undefined);
    known.set(row, has);
  }
  return has;
}

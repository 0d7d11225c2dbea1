import { type Collection, tenantIdOfKey } from '../collection.ts';
import type { ObjectMeta } from '../read/object-meta.ts';

/** What of the platform's classes is known, and told, to be shared. */
export interface SharedRegistry {
  sharedObjects(group: string, kind: string): Iterable<string>;
  /** By what stands in its metadata; undefined: that does not say. */
  isShared(group: string, kind: string, meta: ObjectMeta, globalDefault: unknown): boolean | undefined;
  note(group: string, kind: string, upstreamName: string, isShared: boolean): void;
}

/** How an event is told to everybody, by what it is called upstream; undefined: it is not. */
export type Sharing = (type: string, meta: ObjectMeta, globalDefault: unknown) => string | undefined;

/**
 * A class that the platform begins to share is a new one to tenants, and one that it shares no more is gone. One for each watch: it
 * remembers what its clients have been told. What it learns is noted for all: names are translated by it, and it may be the first to know.
 */
export function createSharing({ row, group }: Pick<Collection, 'row' | 'group'>, registry: SharedRegistry): Sharing {
  const shown = new Set(registry.sharedObjects(group, row.kind));
  return (type, meta, globalDefault) => {
    const { name } = meta;
    const wasShown = shown.has(name);
    if (tenantIdOfKey(row, meta) !== undefined && !wasShown) {
      // A name that begins as a tenant's does, with the platform's label on it, is still the platform's.
      if (registry.isShared(group, row.kind, meta, globalDefault) !== true) return undefined;
    }
    const isShown = type !== 'DELETED' && (registry.isShared(group, row.kind, meta, globalDefault) ?? wasShown);
    registry.note(group, row.kind, name, isShown);
    if (isShown) shown.add(name);
    else shown.delete(name);
    if (isShown) return wasShown ? type : 'ADDED';
    return wasShown ? 'DELETED' : undefined;
  };
}

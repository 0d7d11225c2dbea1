import { toTenantName } from '../names/prefix.ts';
import { hashOf } from './answer.ts';
import { type AggregatedDiscovery, filterGroup, type GroupDiscovery } from './filter-discovery.ts';
import { ownerOfGroup, PLATFORM } from './owner-of-group.ts';
import type { PolicyTable } from './policy-table.ts';
import { renameGroup } from './rename-discovery.ts';

/** A group as a tenant is told of it. */
export interface VisibleGroup {
  readonly item: GroupDiscovery;
  /** The item as JSON. */
  readonly bytes: Buffer;
}

/** A tenant's own groups. */
export interface OwnGroups {
  /** As upstream has them. */
  readonly items: readonly GroupDiscovery[];
  /** The same for the same items. */
  readonly key: string;
}

/** Upstream's aggregated discovery, parted by who is told of what. */
export interface DiscoveryPartition {
  /** The list's own members, without its items. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly builtIn: readonly VisibleGroup[];
  /** Of CRDs that all tenants share. */
  readonly shared: readonly VisibleGroup[];
  /** The same for the same of all above. */
  readonly platformKey: string;
  readonly own: ReadonlyMap<string, OwnGroups>;
}

export function partitionDiscovery({ items, ...head }: AggregatedDiscovery, table: PolicyTable): DiscoveryPartition {
  const groups = { isSharedGroup: (group: string) => table.isSharedGroup?.(group) ?? false };
  const builtIn: VisibleGroup[] = [];
  const shared: VisibleGroup[] = [];
  const own = new Map<string, GroupDiscovery[]>();
  for (const item of items ?? []) {
    const upstreamGroup = item.metadata?.name ?? '';
    const owner = ownerOfGroup(upstreamGroup, groups);
    if (owner === PLATFORM) {
      const filtered = filterGroup(item, table);
      if (filtered) (groups.isSharedGroup(upstreamGroup) ? shared : builtIn).push(visible(filtered));
    } else if (owner !== undefined) {
      const before = own.get(owner);
      if (before) before.push(item);
      else own.set(owner, [item]);
    }
  }
  const platformKey = hashOf(JSON.stringify(head), ...[...builtIn, ...shared].map(({ bytes }) => bytes));
  return { head, builtIn, shared, platformKey, own: new Map([...own].map(([tenantId, theirs]) => [tenantId, ownGroups(theirs)])) };
}

/** In upstream's order: groups of CRDs come last, by name. */
export function groupsOfTenant({ builtIn, shared, own }: DiscoveryPartition, tenantId: string): VisibleGroup[] {
  const renamed = (own.get(tenantId)?.items ?? []).map((item) => visible(renameGroup(item, toTenantName(tenantId, nameOf(item)))));
  const custom = [...shared, ...renamed].sort((a, b) => (nameOf(a.item) < nameOf(b.item) ? -1 : 1));
  return [...builtIn, ...custom];
}

function nameOf({ metadata }: GroupDiscovery): string {
  return metadata?.name ?? '';
}

function visible(item: GroupDiscovery): VisibleGroup {
  return { item, bytes: Buffer.from(JSON.stringify(item)) };
}

/** Most tenants' keys are not asked for between two changes. */
function ownGroups(items: readonly GroupDiscovery[]): OwnGroups {
  let key: string | undefined;
  return {
    items,
    get key() {
      key ??= hashOf(JSON.stringify(items));
      return key;
    },
  };
}

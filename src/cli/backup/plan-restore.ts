/** What a restore does with each tenant of a backup. Pure. */
import { problemsOfSpecChange } from '../../tenant-api/validate-spec.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { isSameTenant } from './backup-file.ts';

export type WhenThere = 'refuse' | 'skip' | 'overwrite';

export interface RestoreStep {
  readonly tenantId: string;
  readonly action: 'create' | 'overwrite' | 'leave' | 'refuse';
  /** What is done and why, for people: behind the tenant's name. */
  readonly text: string;
  /** Refused only because nobody has said what to do with a tenant that is there. */
  readonly undecided?: true;
  /** What to write, for `create` and `overwrite`; then with the revision that it must replace. */
  readonly tenant?: Tenant;
}

export interface RestoreOptions {
  readonly whenThere: WhenThere;
  readonly withDeletions: boolean;
  /** Something upstream that such a tenant would get and that is not its own (`namespace "demo01-x"`), by id. */
  readonly strangers: ReadonlyMap<string, string>;
  /** Names of the clusters that the configuration has. */
  readonly upstreams: readonly string[];
}

export function planRestore(items: readonly Tenant[], present: readonly Tenant[], options: RestoreOptions): RestoreStep[] {
  const byName = new Map(present.map((tenant) => [tenant.metadata.name, tenant]));
  return items.map((item) => ({ tenantId: item.metadata.name, ...stepFor(item, byName.get(item.metadata.name), options) }));
}

function stepFor(item: Tenant, live: Tenant | undefined, options: RestoreOptions): Omit<RestoreStep, 'tenantId'> {
  const { name, deletionTimestamp } = item.metadata;
  if (live && isSameTenant(item, live)) return { action: 'leave', text: 'unchanged' };
  if (deletionTimestamp && !options.withDeletions) {
    return { action: 'leave', text: 'left out: it was being deleted (--with-deletions lets that go on)' };
  }
  const { upstream } = item.spec ?? {};
  if (upstream !== undefined && !options.upstreams.includes(upstream)) {
    return { action: 'refuse', text: `refused: it lives in the cluster "${upstream}", which the configuration does not have` };
  }
  const stranger = options.strangers.get(name);
  if (stranger) return { action: 'refuse', text: `refused: upstream holds ${stranger}, which is not this tenant's and would become so` };
  if (!live) return { action: 'create', text: deletionTimestamp ? 'restored, and its deletion goes on' : 'restored', tenant: item };
  if (options.whenThere === 'skip') return { action: 'leave', text: 'left as it is: it is there, and differs' };
  if (options.whenThere === 'refuse') return { action: 'refuse', text: 'refused: it is there, and differs', undecided: true };
  return overwrite(item, live);
}

function overwrite(item: Tenant, live: Tenant): Omit<RestoreStep, 'tenantId'> {
  if (live.metadata.deletionTimestamp) return { action: 'refuse', text: 'refused: it is being deleted; restore it when that is over' };
  const problem = problemsOfSpecChange(live.spec ?? {}, item.spec ?? {})[0];
  if (problem) return { action: 'refuse', text: `refused: ${problem.field}: ${problem.message}` };
  const isSame = item.metadata.uid === live.metadata.uid;
  const kubeconfig = live.metadata.annotations?.[KUBECONFIG_ANNOTATION];
  const annotations = {
    // A backup without secrets takes none away.
    ...(isSame && kubeconfig !== undefined && { [KUBECONFIG_ANNOTATION]: kubeconfig }),
    ...item.metadata.annotations,
  };
  const generation = Math.max(live.metadata.generation ?? 1, item.metadata.generation ?? 1) + 1;
  const { resourceVersion } = live.metadata;
  const metadata = { ...item.metadata, generation, ...(Object.keys(annotations).length > 0 && { annotations }) };
  return {
    action: 'overwrite',
    text: isSame ? 'overwritten' : 'overwritten; it was made anew since the backup, and certificates made since are worth nothing now',
    tenant: {
      ...item,
      metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) },
      ...(isSame && live.status && { status: live.status }),
    },
  };
}

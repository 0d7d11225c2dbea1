/** The form of a backup: a list of Tenants with a head. Pure. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { checkTenant } from '../../tenant-api/read-body.ts';
import { problemsOfSpec } from '../../tenant-api/validate-spec.ts';
import { problemsOfMetadata, problemsOfTenantId } from '../../tenant-api/validate-tenant.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { CommandError } from '../tenant/command-error.ts';

const API_VERSION = 'backup.kubezoo.io/v1';
const KIND = 'TenantBackup';
const HEAD = `# All tenants of a KubeZoo platform, for \`kubezoo restore\`. Not in it: the key of the CA that signs the tenants' certificates,
# the tenants' own objects, and what the controller finds out again (status).
`;

export interface Backup {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: {
    readonly creationTimestamp: string;
    /** etcd's, at which all tenants were read. */
    readonly revision: string;
    readonly kubeconfigs: 'omitted' | 'included';
    /** Of the items, however they are laid out. */
    readonly checksum: string;
  };
  readonly items: readonly Tenant[];
}

export function makeBackup(tenants: readonly Tenant[], revision: string, secrets: boolean, now: Date): Backup {
  const items = tenants.map((tenant) => forBackup(tenant, secrets));
  const metadata = {
    creationTimestamp: now.toISOString(),
    revision,
    kubeconfigs: secrets ? ('included' as const) : ('omitted' as const),
    checksum: checksumOf(items),
  };
  return { apiVersion: API_VERSION, kind: KIND, metadata, items };
}

export function renderBackup(backup: Backup, format: 'yaml' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(backup, null, 2)}\n`;
  return HEAD + stringify(backup, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** YAML or JSON. Throws a CommandError that says what is wrong with the file. */
export function parseBackup(text: string, ignoreChecksum: boolean): Backup {
  const backup = parseText(text);
  if (backup?.kind !== KIND)
    throw new CommandError(`error: this is no backup of tenants: its kind is ${JSON.stringify(backup?.kind ?? null)}`);
  if (backup.apiVersion !== API_VERSION) {
    throw new CommandError(`error: the backup's version is ${JSON.stringify(backup.apiVersion)}; this kubezoo reads ${API_VERSION}`);
  }
  const { metadata, items } = backup;
  if (!Array.isArray(items) || typeof metadata?.checksum !== 'string')
    throw new CommandError('error: the backup has no items, or no checksum');
  if (!ignoreChecksum && checksumOf(items) !== metadata.checksum) {
    throw new CommandError(
      'error: the checksum is wrong: the backup is damaged, or somebody changed it. If that was you: --ignore-checksum',
    );
  }
  const names = new Set<string>();
  for (const item of items) {
    const name = checkItem(item);
    if (names.has(name)) throw new CommandError(`error: tenant "${name}" is in the backup twice`);
    names.add(name);
  }
  return backup as Backup;
}

function parseText(text: string): Partial<Backup> | null {
  try {
    return parse(text) as Partial<Backup> | null;
  } catch (cause) {
    throw new CommandError(`error: the backup cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Whether it is a Tenant as the Tenant API would have taken it, with the uid that it got. Its name. */
function checkItem(item: Tenant): string {
  const name = item?.metadata?.name;
  if (typeof name !== 'string') throw new CommandError('error: an item of the backup has no name');
  try {
    checkTenant(item as unknown as Record<string, unknown>, [], 'Strict');
  } catch (cause) {
    throw new CommandError(`error: tenant "${name}": ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const causes = [...problemsOfTenantId(name), ...problemsOfMetadata(item.metadata), ...problemsOfSpec(item.spec ?? {})];
  if (causes[0]) throw new CommandError(`error: tenant "${name}": ${causes[0].field}: ${causes[0].message}`);
  if (!item.metadata.uid) throw new CommandError(`error: tenant "${name}" has no uid: its certificates would be worth nothing`);
  return name;
}

/** What is kept of a tenant: of the status, which the controller writes anew, only when it began; and not the revision, which is etcd's. */
function forBackup({ status, ...tenant }: Tenant, secrets: boolean): Tenant {
  const { resourceVersion: _revision, ...metadata } = tenant.metadata;
  const { firstResourceVersion } = status ?? {};
  return {
    ...tenant,
    metadata: secrets ? metadata : withoutKubeconfig(metadata),
    ...(firstResourceVersion !== undefined && { status: { firstResourceVersion } }),
  };
}

export function withoutKubeconfig(metadata: Tenant['metadata']): Tenant['metadata'] {
  const { annotations, ...rest } = metadata;
  const { [KUBECONFIG_ANNOTATION]: _, ...others } = annotations ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}

/** Whether two are the same in all that a backup keeps, but for the kubeconfig and what the server writes on its own. */
export function isSameTenant(one: Tenant, other: Tenant): boolean {
  return isDeepStrictEqual(essence(one), essence(other));
}

function essence({ metadata, spec }: Tenant): unknown {
  const { name, uid, labels = {}, annotations = {}, deletionTimestamp } = withoutKubeconfig(metadata);
  return { name, uid, labels, annotations, deletionTimestamp, spec };
}

function checksumOf(items: readonly unknown[]): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted(items)))
    .digest('hex')}`;
}

/** Keys in order, so that whoever lays the file out anew does not change its checksum. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

import { readFileSync } from 'node:fs';
import { type Config, upstreamsOf } from '../../config/config.ts';
import { etcdOf } from '../../config/etcd-of-config.ts';
import { openEtcdStore } from '../../tenants/etcd-store.ts';
import type { TenantStore } from '../../tenants/store.ts';
import { connectUpstream } from '../../upstream/connect-upstream.ts';
import type { RestoreFlags } from '../backup-commands.ts';
import { readPlatformConfig } from '../platform/platform-flags.ts';
import { strangeNamespaces } from '../platform/strange-objects.ts';
import { CommandError } from '../tenant/command-error.ts';
import { qualifiedName } from '../tenant/tenant-api.ts';
import { withSpinner } from '../with-spinner.ts';
import { type Backup, parseBackup } from './backup-file.ts';
import { fromStore } from './from-store.ts';
import { planRestore, type RestoreStep } from './plan-restore.ts';

/**
 * Straight into etcd: the Tenant API gives each new tenant a uid of its own, and refuses an id of which upstream holds something.
 * Throws CommandError when anything was refused, or could not be written.
 */
export async function restoreBackup(file: string, flags: RestoreFlags): Promise<void> {
  const config = readPlatformConfig(flags);
  const backup = parseBackup(read(file), flags.ignoreChecksum);
  const store = openEtcdStore(etcdOf(config));
  try {
    const steps = await withSpinner('comparing', () => plan(store, config, backup, flags));
    const refused = steps.filter(({ action }) => action === 'refuse');
    if (flags.dryRun || refused.length > 0) {
      for (const { tenantId, text } of steps) console.log(`${qualifiedName(tenantId)} ${text} (dry run)`);
      if (refused.length === 0) return;
      const advice = refused.some(({ undecided }) => undecided)
        ? '. Tenants that are there and differ: --skip-existing or --overwrite'
        : '';
      throw new CommandError(`error: nothing was restored: ${refused.length} of ${steps.length} tenants were refused${advice}`);
    }
    await carryOut(store, steps);
  } finally {
    await store.close();
  }
}

async function plan(store: TenantStore, config: Config, { items }: Backup, flags: RestoreFlags): Promise<RestoreStep[]> {
  const { tenants } = await fromStore(() => store.list());
  const strangers = new Map<string, string>();
  const clusters = upstreamsOf(config);
  for (const { name, controllerKubeconfig } of clusters) {
    const ids = items.filter(({ spec }) => (spec?.upstream ?? config.upstreamName) === name).map(({ metadata }) => metadata.name);
    if (ids.length === 0) continue;
    const upstream = connectUpstream(controllerKubeconfig);
    const found = await strangeNamespaces(upstream, ids)
      .catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : cause;
        throw new CommandError(`error: upstream cannot be asked whose namespaces there are: ${why}`, { cause });
      })
      .finally(() => upstream.close());
    for (const [tenantId, what] of found) strangers.set(tenantId, what);
  }
  const whenThere = flags.overwrite ? 'overwrite' : flags.skipExisting ? 'skip' : 'refuse';
  return planRestore(items, tenants, {
    whenThere,
    withDeletions: flags.withDeletions,
    strangers,
    upstreams: clusters.map(({ name }) => name),
  });
}

/** Each tenant is one transaction; one that fails keeps no other from being restored. */
async function carryOut(store: TenantStore, steps: readonly RestoreStep[]): Promise<void> {
  const failures = new Map<string, string>();
  await withSpinner('restoring', async (update) => {
    for (const [index, { tenantId, action, tenant }] of steps.entries()) {
      update(`${index + 1} of ${steps.length}`);
      if (!tenant) continue;
      const written = fromStore(() => (action === 'create' ? store.create(tenant) : store.update(tenant)));
      await written.catch((thrown: unknown) => {
        if (!(thrown instanceof CommandError)) throw thrown;
        failures.set(tenantId, thrown.message.replace(/^error: /, ''));
      });
    }
  });
  // Not before the end: what is shown on the way there would overwrite it.
  for (const { tenantId, text } of steps) {
    const failure = failures.get(tenantId);
    if (failure === undefined) console.log(`${qualifiedName(tenantId)} ${text}`);
    else console.error(`${qualifiedName(tenantId)} not restored: ${failure}`);
  }
  if (failures.size > 0)
    throw new CommandError(`error: ${failures.size} of ${steps.length} tenants were not restored; the others were. Try again`);
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CommandError(`error: ${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

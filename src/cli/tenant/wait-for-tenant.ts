import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Tenant } from '../../tenants/tenant.ts';
import { withSpinner } from '../with-spinner.ts';
import { CommandError } from './command-error.ts';
import type { TenantApi } from './tenant-api.ts';

const POLL_MS = 200;
const DEFAULT_TIMEOUT_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export interface TimeoutFlags {
  /** Milliseconds. */
  readonly timeout: number;
}

export function addTimeoutOption(command: Command): Command {
  return command.option('--timeout <duration>', 'how long to wait at most: 30s, 5m', parseTimeout, DEFAULT_TIMEOUT_MS);
}

/** In milliseconds. */
export function parseTimeout(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? [];
  const timeoutMs = Number(amount) * (UNITS[unit] ?? 0);
  if (!(timeoutMs > 0)) throw new InvalidArgumentError('A time is a number above 0 with s, m or h behind it, as in 30s.');
  return timeoutMs;
}

/**
 * Waits until `isSo` of the tenant as it is then. Throws CommandError when it is deleted meanwhile, or the time is over: with
 * what its conditions say stands in the way.
 */
export async function waitForTenant(
  api: TenantApi,
  { metadata }: Tenant,
  what: string,
  isSo: (tenant: Tenant) => boolean,
  timeoutMs: number,
): Promise<void> {
  const id = metadata.name;
  const deadline = performance.now() + timeoutMs;
  await withSpinner(`waiting for tenant ${id} to be ${what}`, async (update) => {
    for (;;) {
      const tenant = await readUnlessAway(api, id, performance.now() < deadline);
      if (!tenant) {
        await delay(POLL_MS);
        continue;
      }
      if (tenant.metadata.uid !== metadata.uid) throw new CommandError(`error: tenant "${id}" is now another one`);
      if (tenant.metadata.deletionTimestamp) throw new CommandError(`error: tenant "${id}" is being deleted`);
      if (isSo(tenant)) return;
      const obstacle = obstacleOf(tenant);
      if (performance.now() >= deadline) {
        throw new CommandError(
          `error: timed out waiting for tenant "${id}" to be ${what}; what you asked for is written down, and goes on. ${obstacle}`,
        );
      }
      update(obstacle);
      await delay(POLL_MS);
    }
  });
}

/** Gateways come and go: undefined where `mayBeAway`, and none answers for now. */
async function readUnlessAway(api: TenantApi, id: string, mayBeAway: boolean): Promise<Tenant | undefined> {
  try {
    return (await api.request('GET', id)) as Tenant;
  } catch (error) {
    const isAway = error instanceof CommandError && (error.status === undefined || error.status >= 500);
    if (isAway && mayBeAway) return undefined;
    throw error;
  }
}

function obstacleOf({ metadata, status }: Tenant): string {
  if (status?.observedGeneration !== metadata.generation) return 'The controller has not seen it yet: does one run?';
  const open = status?.conditions?.find(({ type, status: state }) => type === 'Ready' && state !== 'True');
  return open ? `${open.reason}: ${open.message}` : '';
}

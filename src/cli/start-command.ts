import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_PORT, DEFAULT_TENANTS } from '../launch/stack/launch-options.ts';
import { defaultHome } from '../launch/state/home.ts';
import { isReservedTenantId, isTenantId } from '../names/tenant-id.ts';

interface StartFlags {
  home: string;
  port: number;
  upstreamKubeconfig?: string;
  tenants: string[];
}

export function startCommand(): Command {
  return new Command('start')
    .description('start everything on this machine, with a cluster of its own unless one is given')
    .option('--home <dir>', 'state folder', defaultHome())
    .option('--port <n>', "the gateway's port on loopback; 0 chooses one", parsePort, DEFAULT_PORT)
    .option('--upstream-kubeconfig <file>', 'use this cluster (a cluster admin is needed) instead of starting one')
    .option('--tenants <ids>', 'tenants to have after the start, parted by commas', parseTenants, DEFAULT_TENANTS)
    .action(async (flags: StartFlags) => {
      const { start } = await import('../launch/start.ts');
      const { home, port, upstreamKubeconfig, tenants } = flags;
      process.exit(await start({ home, port, upstreamKubeconfig, tenants }));
    });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** `a,b` in parts, each once; the empty text is no tenant. */
export function parseTenants(text: string): string[] {
  const ids = [...new Set(text.split(',').map((id) => id.trim()))].filter((id) => id !== '');
  for (const id of ids) {
    if (!isTenantId(id)) throw new InvalidArgumentError(`"${id}" is no tenant id: six characters of a-z, 0-9 and, inside, a dash.`);
    if (isReservedTenantId(id)) throw new InvalidArgumentError(`"${id}" is reserved.`);
  }
  return ids;
}

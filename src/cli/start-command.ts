import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_PORT, DEFAULT_TENANTS } from '../launch/stack/launch-options.ts';
import { defaultHome } from '../launch/state/home.ts';
import { isReservedTenantId, isTenantId } from '../names/tenant-id.ts';

interface StartFlags {
  home: string;
  port: number;
  upstreamKubeconfig?: string;
  otherUpstream: Record<string, string>;
  workers: number;
  tracing?: boolean;
  traceRatio: number;
  oidc?: string;
  tenants: string[];
}

export function startCommand(): Command {
  return new Command('start')
    .description('start everything on this machine, with a cluster of its own unless one is given')
    .option('--home <dir>', 'state folder', defaultHome())
    .option('--port <n>', "the gateway's port on loopback; 0 chooses one", parsePort, DEFAULT_PORT)
    .option('--upstream-kubeconfig <file>', 'use this cluster (a cluster admin is needed) instead of starting one')
    .option(
      '--other-upstream <name=file>',
      'a further cluster, for tenants whose spec.upstream names it; may stand several times',
      parseUpstream,
      {},
    )
    .option('--workers <n>', 'threads that serve the data path', parseWorkers, 1)
    .option('--oidc <file>', 'let users of this OIDC issuer in, YAML or JSON (docs/oidc.md)')
    .option('--tracing', 'start a Jaeger, too, and send it the traces of all parts ($OTEL_EXPORTER_OTLP_ENDPOINT names another receiver)')
    .option('--trace-ratio <n>', 'which part of the requests is traced, from 0 to 1', parseRatio, 1)
    .option('--tenants <ids>', 'tenants to have after the start, parted by commas', parseTenants, DEFAULT_TENANTS)
    .action(async (flags: StartFlags) => {
      const { start } = await import('../launch/start.ts');
      const {
        home,
        port,
        upstreamKubeconfig,
        otherUpstream: otherUpstreams,
        workers,
        tracing,
        traceRatio,
        oidc: oidcFile,
        tenants,
      } = flags;
      process.exit(await start({ home, port, upstreamKubeconfig, otherUpstreams, workers, tracing, traceRatio, oidcFile, tenants }));
    });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** @param before what stood in front of it */
export function parseUpstream(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, file] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)=(.+)$/.exec(text) ?? [];
  if (!name || !file) throw new InvalidArgumentError('It has to be name=kubeconfig, the name being a DNS label.');
  if (name === 'default' || Object.hasOwn(before, name))
    throw new InvalidArgumentError(`There is a cluster of the name "${name}" already.`);
  return { ...before, [name]: file };
}

export function parseWorkers(text: string): number {
  if (!/^([1-9]|[1-5]\d|6[0-4])$/.test(text)) throw new InvalidArgumentError('Threads are a number from 1 to 64.');
  return Number(text);
}

export function parseRatio(text: string): number {
  const ratio = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || ratio > 1) throw new InvalidArgumentError('It is a number from 0 to 1.');
  return ratio;
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

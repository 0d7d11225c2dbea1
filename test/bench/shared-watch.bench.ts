// Only when named.
/**
 * Many tenants, each with informers over all namespaces on five kinds, beside one watch straight at upstream, in one run on the whole
 * stack: what upstream, Envoy and the sidecar bear, and when an event arrives. Ends with 1 where an event is lost, repeated or shown to
 * another tenant.
 */
import { Command } from 'commander';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { connectTransport } from '../../src/upstream/connect-upstream.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';
import { countUpstreamWatches, growthOf } from '../helpers/upstream-watches.ts';
import { Http2Client } from './support/http2-client.ts';
import { inParallel } from './support/in-parallel.ts';
import { makeTenants } from './support/make-tenants.ts';
import { markdownTable } from './support/markdown-table.ts';
import { type Load, measureLoad } from './support/measure-load.ts';
import { createAt } from './support/other-tenants.ts';
import { CHANGED_NAME, configMapsOf } from './support/paced-writer.ts';
import { openFilesLimit, pidOf, residentMebibytes, waitUntilQuiet } from './support/process-usage.ts';
import { quantile } from './support/quantile.ts';
import type { WatchTarget } from './support/watch-client.ts';
import { WatchClientProcess } from './support/watch-client-process.ts';

const CONFIG_MAPS = '/api/v1/configmaps';
const WATCHED = [CONFIG_MAPS, '/api/v1/pods', '/api/v1/secrets', '/api/v1/services', '/apis/apps/v1/deployments'];
const MEASURED = ['sidecar', 'envoy', 'kube-apiserver', 'etcd'];
const WARM_UP_SECONDS = 3;

const options = new Command()
  .option('--tenants <number>', 'how many', '500')
  .option('--rates <numbers>', 'events a second, one after another', '200,1000')
  .option('--seconds <number>', 'for how long at each rate', '15')
  .parse()
  .opts<{ tenants: string; rates: string; seconds: string }>();
const rates = options.rates.split(',').map(Number);
const tenantIds = Array.from({ length: Number(options.tenants) }, (_, index) => `w${String(index).padStart(5, '0')}`);

await findTools();
const stack = await startStack({ tenants: [] });
const upstream = stack.client('upstream');
const clients: WatchClientProcess[] = [];
const startClient = () => {
  const client = new WatchClientProcess();
  clients.push(client);
  return client;
};
try {
  const pids = Object.fromEntries(MEASURED.map((name) => [name, pidOf(stack, name)]));
  console.log(`open files: at most ${MEASURED.map((name) => `${openFilesLimit(pids[name]!)} (${name})`).join(', ')}`);
  await prepareTenants();

  const direct = startClient();
  await direct.open([{ kubeconfig: stack.kubeconfig('upstream'), paths: [CONFIG_MAPS] }]);
  const writer = await Http2Client.open(readKubeconfig(stack.kubeconfig('upstream')));
  const loads: TitledLoad[] = [];
  let firstEvent = 0;
  const runLoads = async (title: string, gateway: WatchClientProcess | undefined) => {
    const watchPids = { ...pids, 'direct client': direct.pid, ...(gateway && { 'gateway client': gateway.pid }) };
    const run = async (what: string, rate: number, seconds: number) => {
      await settle();
      const load = await measureLoad({ writer, tenantIds, rate, seconds, firstEvent, direct, gateway, pids: watchPids });
      firstEvent = load.nextEvent;
      loads.push({ title: `${title}, ${what}`, load });
    };
    await run('warm-up', rates[0]!, WARM_UP_SECONDS);
    for (const rate of rates) await run(`${rate}/s wanted`, rate, Number(options.seconds));
  };
  await runLoads('no watches of tenants', undefined);

  await settle();
  const memory = [['before the watches', ...readMemory()]];
  const watchesBefore = await countUpstreamWatches(upstream);
  const gateway = startClient();
  const targets = tenantIds.map(
    (tenantId): WatchTarget => ({ kubeconfig: stack.kubeconfig({ tenant: tenantId }), paths: WATCHED, tenantId }),
  );
  const begun = performance.now();
  const opened = await gateway.open(targets);
  console.log(`${opened} watches of ${tenantIds.length} tenants opened in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  await settle();
  memory.push(['with the watches', ...readMemory()]);
  const watchesOpen = await countUpstreamWatches(upstream);

  await runLoads(`${opened} watches`, gateway);
  memory.push(['after the load', ...readMemory()]);
  await gateway.stop();
  await settle();
  memory.push(['after the clients have gone', ...readMemory()]);
  const watchesLeft = await countUpstreamWatches(upstream);
  writer.close();

  const watches = (counts: ReadonlyMap<string, number>) =>
    [...growthOf(watchesBefore, counts)].map(([resource, more]) => `${resource} ${more}`);
  console.log(`watches that upstream sees more than before: ${watches(watchesOpen).join(', ') || 'none'}`);
  console.log(`when the clients have gone: ${watches(watchesLeft).join(', ') || 'none'}`);
  console.log(`\nresident memory\n${markdownTable(['MiB', ...MEASURED], memory)}`);
  console.log(`\nlatency, from a write's sending to its arrival\n${latencyTable(loads)}`);
  console.log(`\nwhat became of watches and events\n${deliveryTable(loads)}`);
  console.log(`\nCPU seconds for 1,000 events\n${cpuTable(loads)}`);
  const isWhole = loads.every(({ load: { written, direct: straight, gateway: through } }) =>
    [straight, through].every((side) => !side || (side.delivered === written && side.repeated === 0 && side.foreign === 0)),
  );
  console.log(`\nevery event arrived once, and at its tenant alone: ${isWhole ? 'yes' : 'NO'}`);
  process.exitCode = isWhole ? 0 : 1;
} finally {
  upstream.close();
  for (const client of clients) await client.stop();
  await stack.stop();
}

/** Makes the tenants, each with the ConfigMap that the load changes. Resolves when the cluster has come to rest. */
async function prepareTenants(): Promise<void> {
  const begun = performance.now();
  const seconds = await makeTenants(stack, tenantIds);
  const all = (performance.now() - begun) / 1000;
  const [median, p90] = [0.5, 0.9].map((share) => quantile(seconds, share).toFixed(2));
  console.log(`${tenantIds.length} tenants made in ${all.toFixed(1)} s, eight at a time; one takes ${median} s (median), ${p90} s (p90)`);
  const admin = connectTransport(stack.kubeconfig('upstream'));
  await inParallel(tenantIds, 8, (tenantId) =>
    createAt(admin, configMapsOf(tenantId), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CHANGED_NAME } }),
  );
  admin.close();
  const last = `/api/v1/namespaces/${tenantIds.at(-1)}-default/configmaps/kube-root-ca.crt`;
  await waitUntil('the certificates in the namespaces', async () => (await upstream.request('GET', last)).status === 200, {
    timeoutMs: 300_000,
  });
  await settle();
}

async function settle(): Promise<void> {
  if (!(await waitUntilQuiet(stack))) console.log('the cluster does not come to rest: figures may be worse than they should be');
}

function readMemory(): string[] {
  return MEASURED.map((name) => residentMebibytes(pidOf(stack, name)).toFixed(0));
}

interface TitledLoad {
  readonly title: string;
  readonly load: Load;
}

function latencyTable(all: readonly TitledLoad[]): string {
  const milliseconds = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(1)} ms`);
  const rows = all.map(({ title, load: { rate, direct, gateway, later } }) => [
    title,
    `${rate.toFixed(0)}/s`,
    ...[direct, gateway, later].flatMap((side) => [milliseconds(side?.p50), milliseconds(side?.p99)]),
  ]);
  return markdownTable(['load', 'achieved', 'direct p50', 'p99', 'gateway p50', 'p99', 'later p50', 'p99'], rows);
}

function deliveryTable(all: readonly TitledLoad[]): string {
  const counts = ['delivered', 'repeated', 'foreign', 'ended', 'expired', 'dead'] as const;
  const rows = all.flatMap(({ title, load: { written, failed, direct, gateway } }) =>
    Object.entries({ direct, gateway })
      .filter(([, side]) => side !== undefined)
      .map(([name, side]) => [`${title}, ${name}`, String(written), String(failed), ...counts.map((count) => String(side?.[count]))]),
  );
  return markdownTable(['load', 'written', 'write failed', ...counts], rows);
}

function cpuTable(all: readonly TitledLoad[]): string {
  const names = [...MEASURED, 'direct client', 'gateway client'];
  const rows = all.map(({ title, load }) => [title, ...names.map((name) => load.cpuSeconds.get(name)?.toFixed(2) ?? '')]);
  return markdownTable(['load', ...names], rows);
}

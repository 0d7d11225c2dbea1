// Only when named.
/**
 * What a list over all namespaces, and of a cluster-scoped kind, costs a tenant of 300 objects or so while the number of other tenants
 * (of 100 ConfigMaps and 100 ClusterRoles each) grows, in one run on the whole stack: latency, and bytes read from upstream. Ends with 1
 * where a list through the gateway does not stay flat, within 30 per cent of what it takes beside the fewest.
 */
import { Command } from 'commander';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { connectTransport } from '../../src/upstream/connect-upstream.ts';
import { findTools } from '../helpers/find-tools.ts';
import { sumOfSamples } from '../helpers/prometheus-text.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { type Collection, type CollectionCases, casesOf } from './support/list-cases.ts';
import { markdownTable } from './support/markdown-table.ts';
import { countItems, type ListCase, type Measured, measureLists } from './support/measure-lists.ts';
import { clusterRoleBody, configMapBody, createAt, makeClusterRoles, makeConfigMaps, OBJECTS_PER_TENANT } from './support/other-tenants.ts';
import { waitUntilQuiet } from './support/process-usage.ts';
import { quantile } from './support/quantile.ts';
import { countInRange } from './support/tenant-range.ts';

const TENANT = 'demo01';
const PREFIX = `${TENANT}-`;
const NAMESPACES = ['alpha', 'beta', 'gamma'];
const CONFIG_MAPS = '/api/v1/configmaps';
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const FLAT = 1.3;

const { steps } = new Command()
  .option('--steps <numbers>', 'how many other tenants there are, growing', '1,10,100,1000')
  .parse()
  .opts<{ steps: string }>();
const sizes = steps.split(',').map(Number);
if (sizes.some((size, index) => !(size > (sizes[index - 1] ?? 0)))) throw new Error(`--steps ${steps}: these are no growing numbers`);

await findTools();
const stack = await startStack({ tenants: [TENANT, 'demo02'] });
const upstream = connectTransport(stack.kubeconfig('upstream'));
const gateway = connectTransport(stack.kubeconfig({ tenant: TENANT }));
try {
  const namespacePaths = await makeOwnObjects();
  // From here on nothing needs it, and for each new ClusterRole it looks through all there are.
  await stack.processes.process('kube-controller-manager').stop();
  await settle(stack);
  const cases = await Promise.all((await ownCollections(namespacePaths)).map((collection) => casesOf(collection, upstream, gateway)));
  const byTurns = cases.flatMap(({ direct, gateway: through }) => [...direct, ...Object.values(through)]);
  const whole = cases.map((one) => one.whole);
  const bySize = new Map<number, Map<ListCase, Measured>>();
  let made = 0;
  for (const size of sizes) {
    const configMaps = await makeConfigMaps(upstream, made, size);
    const clusterRoles = await makeClusterRoles(upstream, made, size);
    const rate = ({ objects, seconds }: typeof configMaps) => `${(objects / seconds).toFixed(0)}/s`;
    console.log(`\n${size} other tenants; made ConfigMaps at ${rate(configMaps)}, ClusterRoles at ${rate(clusterRoles)}`);
    made = size;
    await settle(stack);
    for (const { baseline, gateway: through } of cases) {
      const owned = await countItems(baseline);
      for (const one of [through.JSON, through.Table]) {
        const count = await countItems(one);
        if (count !== owned) throw new Error(`${one.title}: ${count} objects, and the tenant has ${owned}`);
      }
    }
    const readBytes = () => readUpstreamBytes(stack);
    const measured = new Map([...(await measureLists(byTurns, readBytes)), ...(await measureLists(whole, readBytes))]);
    bySize.set(size, measured);
    console.log(tableOfStep(cases, measured));
  }
  console.log(
    `\nmedian, and what it is beside that of the first step\n${growthTable([...byTurns, ...whole], bySize, ({ times }) => quantile(times, 0.5), milliseconds)}`,
  );
  const lists = cases.flatMap(({ gateway: through }) => Object.values(through));
  console.log(`\nbytes read from upstream for a list\n${growthTable(lists, bySize, ({ upstreamBytes }) => upstreamBytes, kilobytes)}`);
  const steep = lists.filter((one) => worstGrowth(one, bySize) > FLAT);
  console.log(steep.length === 0 ? '\nflat within 30 %: yes' : `\nflat within 30 %: NO, not ${steep.map(({ title }) => title).join('; ')}`);
  process.exitCode = steep.length === 0 ? 0 : 1;
} finally {
  gateway.close();
  upstream.close();
  await stack.stop();
}

/**
 * A hundred ConfigMaps over three namespaces and a hundred ClusterRoles, made as the tenant. Resolves with upstream's paths of the
 * ConfigMaps in all the tenant's namespaces, one of the three first, when upstream has put its own into each.
 */
async function makeOwnObjects(): Promise<string[]> {
  for (const name of NAMESPACES) {
    await createAt(gateway, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (let index = 0; index < OBJECTS_PER_TENANT; index++) {
    const namespace = NAMESPACES[index % NAMESPACES.length];
    await createAt(gateway, `/api/v1/namespaces/${namespace}/configmaps`, configMapBody(`config-${index}`));
    await createAt(gateway, CLUSTER_ROLES, clusterRoleBody(`role-${index}`));
  }
  const { body } = await gateway.request({ method: 'GET', path: '/api/v1/namespaces' });
  const { items } = JSON.parse(body.toString()) as { items: { metadata: { name: string } }[] };
  const names = [...NAMESPACES, ...items.map(({ metadata }) => metadata.name).filter((name) => !NAMESPACES.includes(name))];
  const paths = names.map((name) => `/api/v1/namespaces/${PREFIX}${name}/configmaps`);
  const has = async (path: string) => (await upstream.request({ method: 'GET', path: `${path}/kube-root-ca.crt` })).status === 200;
  for (const path of paths) await waitUntil(`${path}/kube-root-ca.crt`, () => has(path), { timeoutMs: 120_000 });
  return paths;
}

/** What was made has its consequences: watches, caches, garbage to be collected. */
async function settle(running: Stack): Promise<void> {
  if (!(await waitUntilQuiet(running))) console.log('the cluster does not come to rest: figures may be worse than they should be');
}

async function ownCollections(namespacePaths: readonly string[]): Promise<Collection[]> {
  const collection = async (title: string, path: string, paths: readonly string[]): Promise<Collection> => ({
    title,
    path,
    namespacePaths: paths,
    prefix: PREFIX,
    owned: await countInRange(upstream, path, PREFIX),
  });
  return [await collection('ConfigMaps', CONFIG_MAPS, namespacePaths), await collection('ClusterRoles', CLUSTER_ROLES, [])];
}

async function readUpstreamBytes(running: Stack): Promise<number | undefined> {
  const text = await (await fetch(`${running.endpoints.admin}/metrics`)).text();
  return sumOfSamples(text, 'kubezoo_collection_upstream_bytes_total');
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function kilobytes(value: number): string {
  return `${(value / 1000).toFixed(1)} kB`;
}

function tableOfStep(all: readonly CollectionCases[], measured: ReadonlyMap<ListCase, Measured>): string {
  const rows = all.flatMap(({ baseline, direct, whole: everything, gateway: through }) => {
    const medianOf = (one: ListCase) => quantile(measured.get(one)!.times, 0.5);
    const lists = Object.values(through);
    return [...direct, everything, ...lists].map((one) => {
      const { times, bytes, upstreamBytes } = measured.get(one)!;
      const read = !lists.includes(one) ? '' : upstreamBytes === undefined ? 'n/a' : kilobytes(upstreamBytes);
      const latencies = [0, 0.5, 0.9].map((share) => milliseconds(quantile(times, share)));
      return [one.title, ...latencies, `x${(medianOf(one) / medianOf(baseline)).toFixed(2)}`, kilobytes(bytes), read, String(times.length)];
    });
  });
  return markdownTable(['list', 'min', 'median', 'p90', 'of direct, own range', 'answer', 'read upstream', 'times'], rows);
}

function growthTable(
  all: readonly ListCase[],
  bySize: ReadonlyMap<number, ReadonlyMap<ListCase, Measured>>,
  pick: (measured: Measured) => number | undefined,
  format: (value: number) => string,
): string {
  const rows = all.map((one) => {
    const values = [...bySize.values()].map((measured) => pick(measured.get(one)!));
    const cell = (value: number | undefined) => (value === undefined ? 'n/a' : `${format(value)} (x${(value / values[0]!).toFixed(2)})`);
    return [one.title, ...values.map(cell)];
  });
  return markdownTable(['other tenants', ...[...bySize.keys()].map(String)], rows);
}

/** The highest ratio to the first step, of median latencies and of bytes read. */
function worstGrowth(one: ListCase, bySize: ReadonlyMap<number, ReadonlyMap<ListCase, Measured>>): number {
  const measured = [...bySize.values()].map((byCase) => byCase.get(one)!);
  const growth = (values: readonly number[]) => Math.max(...values.map((value) => value / values[0]!));
  const read = measured.map(({ upstreamBytes }) => upstreamBytes ?? 1);
  return Math.max(growth(measured.map(({ times }) => quantile(times, 0.5))), growth(read));
}

// Only when named.
/**
 * Many tenants, made and removed through the Tenant API on the whole stack: what each costs in time, in the gateway's memory and in
 * etcd, and whether that is given back; then how long a gateway takes to be ready where its store holds very many. Ends with 1 where
 * tenants are not made or not removed, or a tenant takes 10 KiB of memory, or that start 10 s.
 */
import { Command } from 'commander';
import type { Etcd3 } from 'etcd3';
import { loadConfig } from '../../src/config/config.ts';
import { KubeClient } from '../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { choosePort } from '../../src/launch/state/choose-port.ts';
import { tenantKubeconfigAt } from '../../src/launch/state/home.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { connectEtcd } from '../../src/tenants/etcd-client.ts';
import { openEtcdStore } from '../../src/tenants/etcd-store.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';
import { type Replica, startReplica } from '../helpers/start-replica.ts';
import { openHeapReader } from './support/heap-of.ts';
import { inParallel } from './support/in-parallel.ts';
import { markdownTable } from './support/markdown-table.ts';
import { cpuSeconds, pidOf, residentMebibytes } from './support/process-usage.ts';

const TENANTS_PATH = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const AT_ONCE = 16;
const MEASURED = ['sidecar', 'controller', 'kube-apiserver', 'kube-controller-manager', 'etcd'];
const KIBIBYTE = 1024;
const MOST_KIBIBYTES = 10;
const FEWEST_TO_JUDGE = 500;
const MOST_START_SECONDS = 10;
const STORED_PREFIX = '/kubezoo-bench/';
const WRITTEN_AT_ONCE = 64;

const options = new Command()
  .option('--tenants <number>', 'made and removed', '1000')
  .option('--stored <number>', 'written straight into the store, for the start', '10000')
  .parse()
  .opts<{ tenants: string; stored: string }>();
const ids = Array.from({ length: Number(options.tenants) }, (_, index) => `s${String(index).padStart(5, '0')}`);

await findTools();
const stack = await startStack({ tenants: [] });
const config = loadConfig(stack.home.config);
const store = openEtcdStore({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
const etcd = connectEtcd(config.etcdEndpoints);
const operator = stack.client('operator');
const missed: string[] = [];
try {
  const inspectorPort = await choosePort({ ports: {} }, 'inspector');
  const replica = await startReplica(stack, 'bench', { nodeFlags: [`--inspect=127.0.0.1:${inspectorPort}`] });
  const heap = await openHeapReader(inspectorPort);
  const heaps: number[] = [];
  const readHeap = async () => {
    heaps.push(await heap.read());
    console.log(`heap ${mebibytes(heaps.at(-1)!)} MiB, resident ${residentMebibytes(replica.sidecar.pid!).toFixed(0)} MiB`);
  };
  // Half of them before the first look: what a gateway loads once, for whomever it is, is there then.
  const [early, late] = [ids.slice(0, ids.length / 2), ids.slice(ids.length / 2)];
  await timed('made', early, () => makeAll(early));
  await askAsEach(replica, early);
  await readHeap();
  await timed('made', late, () => makeAll(late));
  await askAsEach(replica, late);
  await readHeap();
  await printStored(etcd);
  const [sample] = (await store.list({ limit: 1 })).tenants;
  await timed('removed', ids, removeAll);
  await readHeap();
  const perTenant = (heaps[1]! - heaps[0]!) / late.length / KIBIBYTE;
  const returned = (heaps[1]! - heaps[2]!) / ids.length / KIBIBYTE;
  console.log(
    `heap of the sidecar: ${perTenant.toFixed(1)} KiB for each of the second half; given back ${returned.toFixed(1)} KiB for each of all`,
  );
  // What a heap grows by itself is as much as a hundred tenants.
  if (ids.length < FEWEST_TO_JUDGE) console.log(`with fewer than ${FEWEST_TO_JUDGE} tenants these two say little, and are not judged`);
  else if (perTenant >= MOST_KIBIBYTES) missed.push(`a tenant takes ${perTenant.toFixed(1)} KiB`);
  if (ids.length >= FEWEST_TO_JUDGE && returned < perTenant / 2) missed.push('memory is not given back');
  heap.close();
  await replica.stop();
  await measureStart(sample!);
} finally {
  operator.close();
  await store.close();
  etcd.close();
  await stack.stop();
}
for (const line of missed) console.log(`MISSED: ${line}`);
process.exitCode = missed.length > 0 ? 1 : 0;

async function makeAll(some: readonly string[]): Promise<void> {
  await inParallel(some, AT_ONCE, async (name) => {
    const tenant = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name }, spec: {} };
    const { status, body } = await operator.request('POST', TENANTS_PATH, { body: tenant, timeoutMs: 60_000 });
    if (status !== 201) throw new Error(`tenant ${name} (${status}): ${body}`);
  });
  const names = new Set(some);
  const ready = async () =>
    (await store.list()).tenants.filter(({ metadata, status }) => names.has(metadata.name) && status?.phase === 'Ready').length;
  await waitUntil('tenants to be ready', async () => (await ready()) === some.length, { timeoutMs: 3_600_000, intervalMs: 500 });
}

async function removeAll(): Promise<void> {
  await inParallel(ids, AT_ONCE, async (name) => {
    const { status, body } = await operator.request('DELETE', `${TENANTS_PATH}/${name}`, { timeoutMs: 60_000 });
    if (status >= 300) throw new Error(`tenant ${name} (${status}): ${body}`);
  });
  await waitUntil('tenants to be gone', async () => (await store.list()).tenants.length === 0, { timeoutMs: 3_600_000, intervalMs: 500 });
}

/** Prints the seconds, and the CPU that each process took for them. */
async function timed(what: string, some: readonly string[], run: () => Promise<void>): Promise<void> {
  const pids = Object.fromEntries(MEASURED.map((name) => [name, pidOf(stack, name)]));
  const before = Object.fromEntries(MEASURED.map((name) => [name, cpuSeconds(pids[name]!)]));
  const begun = performance.now();
  await run();
  const seconds = (performance.now() - begun) / 1000;
  const spent = MEASURED.map((name) => (cpuSeconds(pids[name]!) - before[name]!) / some.length);
  console.log(
    `\n${some.length} tenants ${what} in ${seconds.toFixed(1)} s, ${(seconds / some.length).toFixed(3)} s each; CPU ms for each:\n`,
  );
  console.log(markdownTable(MEASURED, [spent.map((each) => (each * 1000).toFixed(0))]));
}

/** What a gateway keeps of a tenant it keeps from its first request on. */
async function askAsEach(replica: Replica, some: readonly string[]): Promise<void> {
  await inParallel(some, AT_ONCE, async (id) => {
    const client = new KubeClient({ ...readKubeconfig(tenantKubeconfigAt(stack.home, id)), server: replica.gatewayUrl });
    const { status } = await client.request('GET', '/api/v1/namespaces/default');
    client.close();
    if (status !== 200) throw new Error(`${status} for ${id}`);
  });
}

async function printStored(client: Etcd3): Promise<void> {
  const own = await bytesOf(client, config.etcdPrefix);
  const upstream = await bytesOf(client, '/registry/');
  console.log(
    `etcd, bytes of keys and values for each: ${own.bytes} in ${own.keys} keys of the product, ${upstream.bytes} in ${upstream.keys} of upstream`,
  );
}

/** Of those keys that name a tenant, for each tenant. */
async function bytesOf(client: Etcd3, prefix: string): Promise<{ bytes: number; keys: number }> {
  let from = Buffer.from(prefix);
  const end = Buffer.from(`${prefix.slice(0, -1)}0`);
  let [bytes, keys] = [0, 0];
  for (;;) {
    const page = await client.kv.range({ key: from, range_end: end, limit: 1_000 });
    for (const { key, value } of page.kvs) {
      if (!/[/:.]s\d{5}(?:$|[-:/.])/.test(key.toString())) continue;
      bytes += key.length + value.length;
      keys += 1;
    }
    const last = page.kvs.at(-1)?.key;
    if (!page.more || !last) break;
    from = Buffer.concat([last, Buffer.from([0])]);
  }
  return { bytes: Math.round(bytes / ids.length), keys: Math.round(keys / ids.length) };
}

async function measureStart(sample: Tenant): Promise<void> {
  const count = Number(options.stored);
  const names = Array.from({ length: count }, (_, index) => `t${String(index).padStart(5, '0')}`);
  await inParallel(names, WRITTEN_AT_ONCE, async (name) => {
    const text = JSON.stringify({ ...sample, metadata: { ...sample.metadata, name, uid: name } });
    await etcd.kv.put({ key: Buffer.from(`${STORED_PREFIX}tenants/${name}`), value: Buffer.from(text) });
  });
  const start = async (name: string, etcdPrefix: string) => {
    const port = await choosePort({ ports: {} }, 'inspector');
    const begun = performance.now();
    const replica = await startReplica(stack, name, { config: { etcdPrefix }, nodeFlags: [`--inspect=127.0.0.1:${port}`] });
    const seconds = (performance.now() - begun) / 1000;
    const reader = await openHeapReader(port);
    return { replica, seconds, bytes: await reader.read(), reader };
  };
  const empty = await start('empty', '/kubezoo-empty/');
  empty.reader.close();
  await empty.replica.stop();
  const { replica, seconds, bytes, reader } = await start('start', STORED_PREFIX);
  console.log(`${((bytes - empty.bytes) / count / KIBIBYTE).toFixed(1)} KiB of heap for each tenant that is known and asks nothing`);
  console.log(`a gateway without tenants is ready ${empty.seconds.toFixed(1)} s after its start`);
  console.log(`\na gateway is ready ${seconds.toFixed(1)} s after its start with ${count} tenants in the store`);
  if (seconds >= MOST_START_SECONDS) missed.push(`a start takes ${seconds.toFixed(1)} s`);
  console.log(`its sidecar is ${residentMebibytes(replica.sidecar.pid!).toFixed(0)} MiB resident then`);
  await etcd.kv.deleteRange({ key: Buffer.from(STORED_PREFIX), range_end: Buffer.from(`${STORED_PREFIX.slice(0, -1)}0`) });
  const isReturned = async () => (await reader.read()) - empty.bytes < (bytes - empty.bytes) / 10;
  await waitUntil('the memory of tenants that are gone', isReturned, { timeoutMs: 60_000, intervalMs: 1_000 }).then(
    () => console.log('nine tenths of their heap and more are given back when they are gone'),
    () => missed.push('the memory of tenants that are gone is not given back'),
  );
  reader.close();
  await replica.stop();
}

function mebibytes(bytes: number): string {
  return (bytes / KIBIBYTE / KIBIBYTE).toFixed(1);
}

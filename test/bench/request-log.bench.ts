// Only when named.
/**
 * What the request log and audit cost: two gateways beside each other on one stack, that differ only in what they write, asked by turns in one run.
 * Tells the medians of requests a second and of the sidecar's CPU time a request, as ratios to the gateway that writes nothing.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Cluster, readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';
import { startReplica } from '../helpers/start-replica.ts';
import { Http2Client } from './support/http2-client.ts';
import { inParallel } from './support/in-parallel.ts';
import { markdownTable } from './support/markdown-table.ts';
import { cpuSeconds, pidOf } from './support/process-usage.ts';
import { quantile } from './support/quantile.ts';

const TENANT = 'demo01';
const ROUNDS = 12;
const WARM_UP = 3;
const REQUESTS = 400;
const AT_ONCE = 8;
const PATHS = {
  'a ConfigMap': { path: '/api/v1/namespaces/default/configmaps/kube-root-ca.crt', status: 200 },
  'a refused request': { path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', status: 403 },
};

await findTools();
const folder = mkdtempSync(join(tmpdir(), 'kz-log-'));
const logFile = join(folder, 'requests.log');
process.env.KUBEZOO_CONFIG_REQUEST_LOG = JSON.stringify({ requests: 'all', path: logFile });
const stack = await startStack({ tenants: [TENANT] });
delete process.env.KUBEZOO_CONFIG_REQUEST_LOG;
try {
  const silent = await startReplica(stack, 'silent', { config: { audit: undefined } });
  const sideOf = async (name: string, cluster: Cluster, process: string) => ({
    name,
    client: await Http2Client.open(cluster),
    pid: pidOf(stack, process),
  });
  const sides = [
    await sideOf('nothing', silent.cluster({ tenant: TENANT }), 'sidecar-silent'),
    await sideOf('audit, and all requests', readKubeconfig(stack.kubeconfig({ tenant: TENANT })), 'sidecar'),
  ];
  for (const [what, { path, status }] of Object.entries(PATHS)) {
    const figures = new Map(sides.map(({ name }) => [name, { rates: [] as number[], cpu: [] as number[] }]));
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      // Another one begins each time: whoever comes first finds other caches.
      const turn = sides.map((_, index) => sides[(index + round + WARM_UP) % sides.length]!);
      for (const { name, client, pid } of turn) {
        const cpuBefore = cpuSeconds(pid);
        const before = performance.now();
        await inParallel(Array(REQUESTS).keys(), AT_ONCE, async () => {
          const answer = await client.request('GET', path);
          if (answer.status !== status) throw new Error(`${name}: ${answer.status} ${answer.body}`);
        });
        const seconds = (performance.now() - before) / 1000;
        if (round < 0) continue;
        figures.get(name)!.rates.push(REQUESTS / seconds);
        figures.get(name)!.cpu.push(((cpuSeconds(pid) - cpuBefore) / REQUESTS) * 1e6);
      }
    }
    const median = (values: readonly number[]) => quantile(values, 0.5);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const base = figures.get('nothing')!;
    const rows = [...figures].map(([name, { rates, cpu }]) => [
      ...[name, median(rates).toFixed(0), (median(rates) / median(base.rates)).toFixed(3)],
      ...[mean(cpu).toFixed(0), (mean(cpu) / mean(base.cpu)).toFixed(3)],
    ]);
    console.log(`\n${what}, ${ROUNDS} rounds of ${REQUESTS} requests, ${AT_ONCE} at a time\n`);
    console.log(markdownTable(['written', 'requests/s', 'ratio', 'CPU µs a request', 'ratio of CPU'], rows));
  }
  for (const file of [logFile, join(stack.home.logsDir, 'audit.log')]) console.log(`${basename(file)}: ${statSync(file).size} bytes`);
  for (const { client } of sides) client.close();
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true });
}

// Only when named.
/**
 * What traces cost: requests a second, and CPU, without tracing and with 0 %, 1 % and 100 % of the requests traced, by turns in one run. The three shares are those of one
 * stack, whose Envoy is told another share between the rounds; a second stack does without. Upstream's own spans and the Jaeger that takes them all are on the same cores.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { findTraces } from '../e2e/tracing/jaeger-query.ts';
import { findTools } from '../helpers/find-tools.ts';
import { type Stack, startStack } from '../helpers/stack.ts';
import { Http2Client } from './support/http2-client.ts';
import { inParallel } from './support/in-parallel.ts';
import { markdownTable } from './support/markdown-table.ts';
import { cpuSeconds, pidOf } from './support/process-usage.ts';
import { quantile } from './support/quantile.ts';

const TENANT = 'demo01';
const PATH = '/api/v1/namespaces/default/configmaps/read';
const WARM_UP = 2;
const AT_ONCE = 8;
const MEASURED = ['envoy', 'sidecar', 'kube-apiserver'];

const options = new Command()
  .option('--rounds <number>', 'of each case', '40')
  .option('--requests <number>', 'in each round', '400')
  .parse()
  .opts<{ rounds: string; requests: string }>();
const [rounds, requests] = [Number(options.rounds), Number(options.requests)];

interface Case {
  readonly title: string;
  readonly stack: Stack;
  readonly client: Http2Client;
  /** Of the requests, in percent; undefined: the stack traces nothing. */
  readonly percent: number | undefined;
  /** Requests a second, of each round. */
  readonly rates: number[];
  readonly cpu: Record<string, number>;
}

await findTools();
const plain = await startStack({ tenants: [TENANT] });
const traced = await startStack({ tenants: [TENANT], tracing: true, traceRatio: 0 }).catch(async (thrown: unknown) => {
  await plain.stop();
  throw thrown;
});
try {
  const socket = await makeSamplingSettable(traced);
  const [plainClient, tracedClient] = [await clientOf(plain), await clientOf(traced)];
  const caseOf = (title: string, stack: Stack, client: Http2Client, percent?: number): Case => ({
    title,
    stack,
    client,
    percent,
    rates: [],
    cpu: Object.fromEntries(MEASURED.map((name) => [name, 0])),
  });
  const cases = [
    caseOf('no tracing', plain, plainClient),
    caseOf('0 %', traced, tracedClient, 0),
    caseOf('1 %', traced, tracedClient, 1),
    caseOf('100 %', traced, tracedClient, 100),
  ];
  for (let round = -WARM_UP; round < rounds; round++) {
    // Another order each time: what a case leaves behind, spans that are still being sent, falls on all of them.
    for (const one of cases.map((value) => ({ value, at: Math.random() })).toSorted((a, b) => a.at - b.at)) {
      if (one.value.percent !== undefined) await setSampling(socket, one.value.percent);
      await measure(one.value, round >= 0);
    }
  }
  const rows = cases.map(({ title, rates, cpu }) => {
    const beside = (base: Case) =>
      quantile(
        rates.map((rate, index) => rate / base.rates[index]!),
        0.5,
      );
    const perThousand = MEASURED.map((name) => (cpu[name]! / (rounds * requests)) * 1000);
    return [
      title,
      quantile(rates, 0.5).toFixed(0),
      `x${beside(cases[0]!).toFixed(2)}`,
      `x${beside(cases[1]!).toFixed(2)}`,
      ...perThousand.map((seconds) => `${seconds.toFixed(2)} s`),
    ];
  });
  const head = ['traced', 'requests/s', 'beside no tracing', 'beside 0 %', ...MEASURED.map((name) => `${name}, CPU for 1,000`)];
  console.log(`\n${rounds} rounds of ${requests} requests of each, ${AT_ONCE} at a time; medians\n\n${markdownTable(head, rows)}\n`);
  plainClient.close();
  tracedClient.close();
} finally {
  await Promise.all([plain.stop(), traced.stop()]);
}

async function clientOf(stack: Stack): Promise<Http2Client> {
  await stack.mustKubectl(['create', 'configmap', 'read', '--from-literal=a=b'], { tenant: TENANT });
  return Http2Client.open(readKubeconfig(stack.kubeconfig({ tenant: TENANT })));
}

/** Lets Envoy's admin endpoint set the share that is traced, which nobody needs outside of this benchmark; resolves with the endpoint's socket. */
async function makeSamplingSettable(stack: Stack): Promise<string> {
  const config = parse(readFileSync(stack.home.envoyConfig, 'utf8')) as {
    admin: { address: { pipe: { path: string } } };
    layered_runtime: { layers: object[] };
  };
  config.layered_runtime.layers.push({ name: 'admin', admin_layer: {} });
  writeFileSync(stack.home.envoyConfig, stringify(config), { mode: 0o600 });
  await stack.processes.process('envoy').restart();
  const socket = config.admin.address.pipe.path;
  // Set and not heeded, all shares would seem to cost nothing.
  await setSampling(socket, 100);
  await stack.mustKubectl(['get', 'namespaces'], { tenant: TENANT });
  await waitUntil('a trace of Envoy’s', async () => (await findTraces(stack.endpoints.jaeger!, 'kubezoo-envoy', {})).length > 0, {
    timeoutMs: 20_000,
    intervalMs: 200,
  });
  return socket;
}

function setSampling(socketPath: string, percent: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: `/runtime_modify?tracing.random_sampling=${percent}`, method: 'POST' }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`Envoy answered ${answer.statusCode} to runtime_modify`));
    })
      .once('error', reject)
      .end();
  });
}

async function measure({ stack, client, rates, cpu }: Case, counts: boolean): Promise<void> {
  const pids = MEASURED.map((name) => [name, pidOf(stack, name)] as const);
  const before = pids.map(([, pid]) => cpuSeconds(pid));
  const begun = performance.now();
  await inParallel(Array.from({ length: requests }).keys(), AT_ONCE, async () => {
    const { status, body } = await client.request('GET', PATH);
    if (status !== 200) throw new Error(body);
  });
  const seconds = (performance.now() - begun) / 1000;
  if (!counts) return;
  rates.push(requests / seconds);
  pids.forEach(([name, pid], index) => {
    cpu[name]! += cpuSeconds(pid) - before[index]!;
  });
}

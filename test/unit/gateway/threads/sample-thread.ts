/** Stands for a thread that serves ext_proc: dies once when the file that is called `configFile` is there. */
import { existsSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Counter, Registry } from 'prom-client';

const { configFile, index } = workerData as { configFile: string; index: number };
const registry = new Registry();
new Counter({ name: 'sample_total', help: 'sample', registers: [registry] }).inc(index + 1);
parentPort!.postMessage({ type: 'state', missing: [] });
parentPort!.on('message', async ({ type, id }: { type: string; id: number }) => {
  if (type === 'metrics') parentPort!.postMessage({ type, id, metrics: await registry.getMetricsAsJSON() });
  else process.exit();
});
if (existsSync(configFile)) {
  rmSync(configFile);
  throw new Error('as it was told');
}

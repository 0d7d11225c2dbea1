/** Stands for a thread that serves ext_proc: dies once when the file that is called `socketPath` is there. */
import { existsSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Counter, Gauge, Registry } from 'prom-client';

const { socketPath, index, config } = workerData as { socketPath: string; index: number; config: { workers: number } };
const registry = new Registry();
new Counter({ name: 'sample_total', help: 'sample', registers: [registry] }).inc(index + 1);
const workers = new Gauge({ name: 'sample_workers', help: 'as it is configured', registers: [registry] });
workers.set(config.workers);
parentPort!.postMessage({ type: 'state', missing: [] });
parentPort!.on('message', async ({ type, id, config: changed }: { type: string; id: number; config: { workers: number } }) => {
  if (type === 'metrics') parentPort!.postMessage({ type, id, metrics: await registry.getMetricsAsJSON() });
  else if (type === 'config') workers.set(changed.workers);
  else process.exit();
});
if (existsSync(socketPath)) {
  rmSync(socketPath);
  throw new Error('as it was told');
}

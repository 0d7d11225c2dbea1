/** A real Prometheus that scrapes a stack, with the configuration and the rules that the product ships. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SILENT } from '../../../src/launch/progress.ts';
import { choosePort } from '../../../src/launch/state/choose-port.ts';
import { buildPrometheus } from '../../helpers/build-prometheus.ts';
import type { Stack } from '../../helpers/stack.ts';

const FOLDER = resolve(import.meta.dirname, '../../../deploy/monitoring');

export interface RunningPrometheus {
  /** Prometheus' HTTP API, below `/api/v1/`. Rejects with its message. */
  ask<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>;
  stop(): Promise<void>;
}

/** @param targets `host:port` in the place of the configuration's own */
export async function startPrometheus(stack: Stack, targets: Readonly<Record<string, string>>): Promise<RunningPrometheus> {
  const { prometheus } = await buildPrometheus(SILENT);
  const folder = join(stack.home.root, 'prometheus');
  cpSync(FOLDER, folder, { recursive: true });
  let config = readFileSync(join(folder, 'prometheus.yml'), 'utf8').replaceAll(': 15s', ': 1s');
  for (const [from, to] of Object.entries(targets)) {
    if (!config.includes(`[${from}]`)) throw new Error(`prometheus.yml does not scrape ${from}`);
    config = config.replace(`[${from}]`, `['${to}']`);
  }
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const port = await choosePort({ ports: {} }, 'prometheus');
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  await stack.processes.start({
    ...{ name: 'prometheus', command: prometheus, args },
    ready: () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  return {
    async ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
      const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
      const answer = (await response.json()) as { status: string; error?: string; data: T };
      if (answer.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${answer.error}`);
      return answer.data;
    },
    async stop() {
      await stack.processes.process('prometheus').stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaunchError } from '../../src/launch/launch-error.ts';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { checkGo, goBuild, goIn, succeed } from '../../src/launch/tools/go-build.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';

/** As a module; the release is called 3.5.1. */
const PROMETHEUS_VERSION = '0.305.1';
const MODULE = `github.com/prometheus/prometheus@v${PROMETHEUS_VERSION}`;
const FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', '-s -w'];
const HINT = 'The tests of metrics and alerts need Go 1.23 or later on PATH, with a way to the Go module proxy.';

/** Full paths. */
export interface Prometheus {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Builds Prometheus and promtool from their Go module, once. @throws LaunchError when there is no Go, or it fails */
export async function buildPrometheus(progress: Progress, env: NodeJS.ProcessEnv = process.env): Promise<Prometheus> {
  const target = join(cacheDir(env), 'prometheus', PROMETHEUS_VERSION);
  await installAtomically(target, (folder) => build(folder, progress, env), progress);
  return { prometheus: join(target, 'prometheus'), promtool: join(target, 'promtool') };
}

/** In a copy of the module, where its own go.mod and go.sum are the main ones. */
async function build(folder: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  await checkGo(goIn(undefined, env), 'Prometheus', HINT);
  progress.note('Prometheus is built from source: about 3 minutes on two cores, this once');
  progress.update('fetching the Go module');
  const fetched = succeed(await goIn(tmpdir(), env)(['mod', 'download', '-json', MODULE]), 'Fetching Prometheus', HINT);
  const { Dir: moduleFolder } = JSON.parse(fetched) as { Dir?: string };
  if (!moduleFolder) throw new LaunchError(`\`go mod download\` does not say where ${MODULE} is.`, HINT);
  const copy = await mkdtemp(join(tmpdir(), 'kubezoo-prometheus-'));
  try {
    await cp(moduleFolder, copy, { recursive: true });
    // The module cache is read-only, and so is what is copied from it.
    await makeWritable(copy);
    // Every cloud's service discovery, with its SDK. What is in no cloud (files, static lists) is in the file beside it.
    await rm(join(copy, 'plugins', 'plugins.go'));
    const go = goIn(copy, env);
    for (const name of ['prometheus', 'promtool'])
      await goBuild(
        { go, flags: FLAGS, package: `./cmd/${name}`, output: join(folder, name), purpose: `Building ${name}`, hint: HINT },
        progress,
      );
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}

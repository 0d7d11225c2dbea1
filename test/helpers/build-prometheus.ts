import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { checkGo, goBuild, goIn } from '../../src/launch/tools/go-build.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { withModuleCopy } from '../../src/launch/tools/module-copy.ts';

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

async function build(folder: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  await checkGo(goIn(undefined, env), 'Prometheus', HINT);
  progress.note('Prometheus is built from source: about 3 minutes on two cores, this once');
  progress.update('fetching the Go module');
  await withModuleCopy({ module: MODULE, name: 'Prometheus', hint: HINT, env }, async (go, copy) => {
    // Every cloud's service discovery, with its SDK. What is in no cloud (files, static lists) is in the file beside it.
    await rm(join(copy, 'plugins', 'plugins.go'));
    for (const name of ['prometheus', 'promtool'])
      await goBuild(
        { go, flags: FLAGS, package: `./cmd/${name}`, output: join(folder, name), purpose: `Building ${name}`, hint: HINT },
        progress,
      );
  });
}

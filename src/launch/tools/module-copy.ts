import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaunchError } from '../launch-error.ts';
import { type Go, goIn, succeed } from './go-build.ts';

export interface ModuleSource {
  /** `github.com/…@v1.2.3`. */
  readonly module: string;
  readonly name: string;
  readonly hint: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds in a copy of a Go module, where its own go.mod and go.sum are the main ones: what `go install` would choose in their place need not
 * fit the checksums. The copy is gone afterwards.
 */
export async function withModuleCopy(source: ModuleSource, build: (go: Go, folder: string) => Promise<void>): Promise<void> {
  const { module, name, hint, env, signal } = source;
  const fetched = succeed(await goIn(tmpdir(), env, signal)(['mod', 'download', '-json', module]), `Fetching ${name}`, hint);
  const { Dir: moduleFolder } = JSON.parse(fetched) as { Dir?: string };
  if (!moduleFolder) throw new LaunchError(`\`go mod download\` does not say where ${module} is.`, hint);
  const copy = await mkdtemp(join(tmpdir(), 'kubezoo-module-'));
  try {
    await cp(moduleFolder, copy, { recursive: true });
    // The module cache is read-only, and so is what is copied from it.
    await makeWritable(copy);
    await build(goIn(copy, env, signal), copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}

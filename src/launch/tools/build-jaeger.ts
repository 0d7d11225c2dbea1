import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { cacheDir } from './cache-dir.ts';
import { isExecutable } from './find-on-path.ts';
import { checkGo, goBuild, goIn } from './go-build.ts';
import { installAtomically } from './install-atomically.ts';
import { withModuleCopy } from './module-copy.ts';

export const JAEGER_VERSION = '1.76.0';
const MODULE = `github.com/jaegertracing/jaeger@v${JAEGER_VERSION}`;
const FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', '-s -w'];
const HINT = [
  'Install Go 1.25 or later (an earlier one from 1.21 on fetches it by itself), with a way to the Go module proxy;',
  'or let $JAEGER_BIN name a Jaeger v2 (jaeger, not jaeger-all-in-one), or put it on PATH;',
  'or send traces to a collector that you have: OTEL_EXPORTER_OTLP_ENDPOINT=http://…:4318, without --tracing.',
].join('\n');

/** Builds Jaeger v2 from its Go module, once. Resolves with the binary. */
export async function buildJaeger(progress: Progress, signal?: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const target = join(cacheDir(env), 'jaeger', JAEGER_VERSION);
  const binary = join(target, 'jaeger');
  if (isExecutable(binary)) return binary;
  await checkGo(goIn(undefined, env, signal), 'Jaeger', HINT);
  await installAtomically(target, (folder) => build(folder, progress, env, signal), progress, signal);
  return binary;
}

async function build(folder: string, progress: Progress, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<void> {
  progress.note('Jaeger is built from source: about 8 minutes on two cores, this once');
  progress.update('fetching the Go module');
  await withModuleCopy({ module: MODULE, name: 'Jaeger', hint: HINT, env, signal }, (go) =>
    goBuild(
      { go, flags: FLAGS, package: './cmd/jaeger', output: join(folder, 'jaeger'), purpose: 'Building Jaeger', hint: HINT },
      progress,
    ),
  );
}

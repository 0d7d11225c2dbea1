import { LaunchError } from '../launch-error.ts';
import type { Progress } from '../progress.ts';
import { buildJaeger } from './build-jaeger.ts';
import { findOnPath, isExecutable } from './find-on-path.ts';

/** Path of a Jaeger v2: `$JAEGER_BIN`, then PATH, then built from source. */
export async function findJaeger(progress: Progress, signal?: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = env.JAEGER_BIN;
  if (given) {
    if (isExecutable(given)) return given;
    throw new LaunchError(`$JAEGER_BIN is ${given}, which cannot be run.`, 'Let it name a Jaeger v2 binary, or unset it.');
  }
  return findOnPath('jaeger', env.PATH) ?? (await buildJaeger(progress, signal, env));
}

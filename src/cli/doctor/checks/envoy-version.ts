import { ENVOY_VERSION, locateEnvoy, parseEnvoyVersion } from '../../../launch/tools/find-envoy.ts';
import { runTool } from '../../../launch/tools/run-tool.ts';
import { type Check, type Finding, failure, ok, warning } from '../check.ts';
import type { DoctorContext } from '../doctor-context.ts';
import { askEnvoy, readEnvoyAdmin } from '../envoy-admin.ts';

/** The one that runs, where it can be asked; else the one that would be started. */
export const envoyVersion: Check = {
  name: 'envoy-version',
  title: "Envoy's version",
  about: 'the Envoy that runs (or would be started) is as new as the settings need',
  async run(context) {
    const running = await runningVersion(context);
    if (running !== undefined) return [judgeEnvoyVersion(running, 'running')];
    const binary = locateEnvoy();
    if (!binary)
      return [failure('there is no Envoy: not in $ENVOY_BIN, not on PATH, not fetched yet', 'npm start fetches one; or install it')];
    const { stdout, stderr } = await runTool(binary, ['--version']);
    const version = parseEnvoyVersion(stdout);
    if (version === undefined)
      return [failure(`${binary} does not say that it is an Envoy: ${stderr.trim() || stdout.trim()}`, 'take it off PATH')];
    return [judgeEnvoyVersion(version, binary)];
  },
};

async function runningVersion({ envoyConfigFile }: DoctorContext): Promise<string | undefined> {
  try {
    const admin = envoyConfigFile === undefined ? undefined : readEnvoyAdmin(envoyConfigFile);
    const info = admin && ((await askEnvoy(admin, '/server_info')) as { version?: string });
    return parseEnvoyVersion(`version: ${info?.version}`);
  } catch {
    // The check of its settings says so.
    return undefined;
  }
}

export function judgeEnvoyVersion(version: string, where: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = ENVOY_VERSION.split('.').map(Number);
  const distance = major === wantedMajor ? minor - wantedMinor : major - wantedMajor;
  if (distance === 0) return ok(`${version} (${where})`);
  if (distance < 0)
    return failure(`${version} (${where}) is too old`, `the gateway's settings need ${ENVOY_VERSION}: let $ENVOY_BIN name one`);
  return warning(
    `${version} (${where}) is newer than ${ENVOY_VERSION}`,
    'what envoy/README.md says was learnt with that one: run the tests with yours',
  );
}

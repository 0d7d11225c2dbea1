import { type Check, failure, ok, warning } from '../check.ts';
import { askEnvoy, readEnvoyAdmin } from '../envoy-admin.ts';
import { wrongSettings } from '../envoy-settings.ts';

/** What runs, not what a file says: somebody may have edited the file since, or started Envoy with another. */
export const envoySettings: Check = {
  name: 'envoy-settings',
  title: "Envoy's settings",
  about: 'the Envoy that runs has each setting that envoy/README.md demands',
  async run({ envoyConfigFile }) {
    if (envoyConfigFile === undefined) return [warning('not looked at', "name Envoy's bootstrap file with --envoy-config")];
    const admin = readEnvoyAdmin(envoyConfigFile);
    if (!admin) return [warning(`not looked at: ${envoyConfigFile} has no admin address`, 'give Envoy one, on loopback or a Unix socket')];
    const dump = await askEnvoy(admin, '/config_dump').catch((thrown: Error) => thrown);
    if (dump instanceof Error)
      return [failure(`Envoy does not answer: ${dump.message}`, `start it: envoy --config-path ${envoyConfigFile}`)];
    const wrong = wrongSettings(dump);
    if (wrong.length === 0) return [ok('as envoy/README.md says they must be')];
    return wrong.map(({ setting, consequence }) => failure(setting, `${consequence}; see envoy/README.md`));
  },
};

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { fieldsFromEnvironment, withField } from './from-environment.ts';
import { readDocument } from './read-document.ts';
import { certificateSettings } from './settings/certificates.ts';
import { envoySchema } from './settings/envoy.ts';
import { oidcSchema } from './settings/oidc.ts';
import { processSettings } from './settings/processes.ts';
import { storeSettings } from './settings/store.ts';
import { telemetrySettings } from './settings/telemetry.ts';
import { tenantSettings } from './settings/tenants.ts';
import { upstreamSettings } from './settings/upstreams.ts';

/** What both processes are told: one file, YAML or JSON, written by the launcher or the operator. Descriptions are shown by editors and in docs/configuration.md. */
const schema = z.strictObject({
  ...processSettings,
  ...upstreamSettings,
  ...certificateSettings,
  ...storeSettings,
  ...tenantSettings,
  oidc: oidcSchema.optional().describe("Whose tokens let tenants' users in, beside certificates and ServiceAccounts; none: nobody's."),
  envoy: envoySchema.optional().describe('Of what `kubezoo envoy-config` writes; sidecar and controller do not look at it.'),
  ...telemetrySettings,
});

const checkedSchema = schema.refine(
  ({ upstreamName, otherUpstreams }) => !Object.hasOwn(otherUpstreams, upstreamName),
  'two upstream clusters have the same name',
);

export type Config = z.infer<typeof schema>;

/** All settings at the top of the file. */
export const SETTINGS: readonly string[] = Object.keys(schema.shape);

/**
 * Reads and checks the file, YAML or JSON, with what the environment puts in its place (`from-environment.ts`).
 * @throws ConfigError when it cannot be read or is wrong
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file}: ${(error as Error).message}`], { cause: error });
  }
  return checkConfig(file, text, env);
}

/** @param file for messages */
export function checkConfig(file: string, text: string, env: NodeJS.ProcessEnv = {}): Readonly<Config> {
  const document = readDocument(file, text);
  const overrides = fieldsFromEnvironment(env);
  const value = overrides.reduce((object, override) => withField(object, override.path, override.value), document.value);
  const parsed = checkedSchema.safeParse(value);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new ConfigError(
    parsed.error.issues
      .flatMap((issue) => problemsOf(issue))
      .map(({ path, message }) => {
        const override = overrides.find((one) => one.path.every((key, index) => path[index] === key));
        const place = override ? override.variable : `${file}:${document.lineOf(path) ?? 1}`;
        return `${place}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`;
      }),
  );
}

/** The JSON schema (2020-12) of the file, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(schema, { io: 'input' });
}

/** An unknown field is a problem of its own line. */
function problemsOf(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') {
    const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    return [{ path: issue.path, message: isMissing ? 'is missing' : issue.message }];
  }
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such field' }));
}

export interface UpstreamConfig {
  readonly name: string;
  readonly gatewayKubeconfig: string;
  readonly controllerKubeconfig: string;
}

/** All upstream clusters; the first is where a tenant lives that names none. */
export function upstreamsOf(config: Config): readonly [UpstreamConfig, ...UpstreamConfig[]] {
  const { upstreamName: name, gatewayKubeconfig, controllerKubeconfig, otherUpstreams } = config;
  const others = Object.entries(otherUpstreams).map(([otherName, files]) => ({ name: otherName, ...files }));
  return [{ name, gatewayKubeconfig, controllerKubeconfig }, ...others];
}

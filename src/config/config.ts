import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { envoySchema } from './envoy.ts';
import { fieldsFromEnvironment, withField } from './from-environment.ts';
import { oidcSchema } from './oidc.ts';
import { readDocument } from './read-document.ts';

/** A DNS label (RFC 1123). */
const UPSTREAM_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const YEAR_SECONDS = 365 * 86_400;

export const DEFAULT_FINALIZER_GRACE_SECONDS = 20;

/** A file that lines are written to, readable for its owner only. */
const recordFile = z.strictObject({
  maxSizeMiB: z.int().min(1).max(100_000).default(100).describe('A file of this size is put aside, with the time in its name.'),
  maxFiles: z.int().min(1).max(1_000).default(10).describe('Files that are kept, the current one included; the oldest are removed.'),
});

/** What both processes are told: one file, YAML or JSON, written by the launcher or the operator. Descriptions are shown by editors and in docs/configuration.md. */
const schema = z.strictObject({
  extProcSocket: z
    .string()
    .describe('Unix socket of the ext_proc server. With several workers those after the first have `.1`, `.2` … at its end.'),
  localSocket: z.string().describe('Unix socket of the local API.'),
  adminAddress: z
    .string()
    .default('127.0.0.1:0')
    .describe('Where `/metrics`, `/healthz`, `/readyz` and the page for operators are, `host:port`; port 0 is a free one.'),
  controllerAdminAddress: z.string().default('127.0.0.1:0').describe("The controller's `/metrics`, `/healthz` and `/readyz`, `host:port`."),
  gatewayKubeconfig: z
    .string()
    .describe("Kubeconfig of the gateway's own identity upstream: it may impersonate, review tokens and access; nothing else."),
  controllerKubeconfig: z.string().describe('Kubeconfig with which the controller works upstream.'),
  upstreamName: z
    .string()
    .regex(UPSTREAM_NAME)
    .default('default')
    .describe("That cluster's name, for `spec.upstream` of tenants. A tenant that names none lives there."),
  otherUpstreams: z
    .record(
      z.string().regex(UPSTREAM_NAME),
      z.strictObject({
        gatewayKubeconfig: z.string().describe('As at the top, for that cluster.'),
        controllerKubeconfig: z.string().describe('As at the top, for that cluster.'),
      }),
    )
    .default({})
    .describe('Further upstream clusters, by name.'),
  workers: z.int().min(1).max(64).default(1).describe("Threads that serve ext_proc; with one, it is the sidecar's main thread."),
  gatewayUrl: z.string().describe("The gateway's public URL, as it stands in the kubeconfigs that it hands out."),
  servingCaFile: z.string().describe("PEM file of the CA that signed the gateway's serving certificate."),
  servingCertFile: z
    .string()
    .optional()
    .describe('PEM file of that certificate, where this process can read it: metrics tell when it ends.'),
  clientCaFile: z.string().describe("PEM file of the CA that signs tenants' client certificates."),
  clientCaKeyFile: z.string().describe('PEM file of its key.'),
  certificates: z
    .strictObject({
      validitySeconds: z
        .int()
        .min(1)
        .default(YEAR_SECONDS)
        .describe('Of each certificate that is made from now on; one that is asked to be longer is cut to this.'),
      renewBeforeSeconds: z
        .int()
        .min(1)
        .exactOptional()
        .describe("The admin's is renewed when no more than this is left of it; none: a third of its life. Never more than half of that."),
    })
    .prefault({})
    .describe("How long tenants' certificates are valid."),
  etcdEndpoints: z.array(z.string()).min(1).describe('URLs of the etcd in which tenants are kept.'),
  etcd: z
    .strictObject({
      caFile: z.string().optional().describe("PEM file of the CA of etcd's certificate; none: those that the system trusts."),
      certFile: z.string().optional().describe('PEM file of the client certificate.'),
      keyFile: z.string().optional().describe('PEM file of its key.'),
      username: z.string().min(1).optional().describe("A user of etcd's own."),
      passwordFile: z.string().optional().describe('File with the password of that user.'),
    })
    .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), 'certFile and keyFile need each other')
    .refine(
      ({ username, passwordFile }) => (username === undefined) === (passwordFile === undefined),
      'username and passwordFile need each other',
    )
    .optional()
    .describe('How etcd is known, and how it knows us. None: plain HTTP, as nobody.'),
  etcdPrefix: z.string().default('/kubezoo/').describe('Prefix of all keys that the product keeps in etcd, with its closing slash.'),
  operatorGroup: z
    .string()
    .default('kubezoo:operators')
    .describe("Group (`O` of a client certificate without `OU`) that makes a user the platform's operator."),
  kubeconfigDir: z
    .string()
    .optional()
    .describe("Folder into which the controller also writes each tenant's kubeconfig; none: only the annotation of the Tenant."),
  cursorKeyFile: z
    .string()
    .optional()
    .describe(
      'Random bytes, 32 at least and the same for all replicas: seals the places at which lists go on. None: each process has its own, and a list that was begun at another replica begins anew.',
    ),
  sharedResources: z
    .array(
      z.strictObject({
        group: z.string().describe('API group; no tenant defines anything in it.'),
        resource: z.string().describe('Plural, as in a path.'),
        scope: z.enum(['Namespaced', 'Cluster']).describe('`Cluster`: to be read; `Namespaced`: objects of the tenant in its namespaces.'),
      }),
    )
    .default([])
    .describe("Custom resources of the platform's that tenants may use: cluster-scoped ones to be read, namespaced ones as their own."),
  admissionBridge: z
    .strictObject({
      host: z.string().describe('Where it listens.'),
      port: z.int().describe('Where it listens.'),
      url: z.url({ protocol: /^https$/ }).describe("`https://…`, where upstream finds it: any replica of the gateway's will do."),
      certFile: z.string().describe('PEM file of its serving certificate.'),
      keyFile: z.string().describe('PEM file of the key.'),
      caFile: z.string().describe('PEM file of the CA that upstream verifies it by.'),
      proofKeyFile: z
        .string()
        .describe("Random bytes, 32 at least and the same for all replicas: what makes the bridge's URLs unguessable."),
      maxTimeoutMs: z.int().min(1).default(10_000).describe("The longest that a tenant's webhook may take."),
      dialInstead: z
        .enum(['127.0.0.1', '::1'])
        .optional()
        .describe("For development, where pods have no network: this loopback address is called in the place of each endpoint's."),
    })
    .optional()
    .describe("The server that upstream calls in the place of tenants' webhooks; none: tenants have no webhooks."),
  leaderLeaseSeconds: z
    .int()
    .min(2)
    .max(300)
    .optional()
    .describe('How long a controller that died without a word keeps the next one waiting: the lease of its leadership. None: 10.'),
  shutdown: z
    .strictObject({
      delaySeconds: z
        .number()
        .min(0)
        .max(600)
        .default(0)
        .describe('So long `/readyz` says no while everything is served, for load balancers to notice.'),
      envoyAdminSocket: z
        .string()
        .optional()
        .describe("Unix socket of Envoy's admin endpoints, where Envoy ends together with the sidecar: it is drained for good."),
    })
    .optional()
    .describe('What happens between SIGTERM and the end of the sidecar; none: it drains at once, and leaves Envoy as it is.'),
  inCluster: z
    .strictObject({
      host: z.string().min(1).describe("A name or address that stands in the gateway's serving certificate."),
      port: z.int().min(1).max(65_535).describe('Port of the gateway.'),
      caFile: z.string().optional().describe('PEM file of the CA that signed that certificate, where it is not `servingCaFile`.'),
    })
    .optional()
    .describe("Where tenants' pods reach the gateway, as clients inside of a cluster do; none: they are told nothing, and find upstream."),
  tracing: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }).describe('Base URL of the receiver: `http://collector:4318`.'),
      sampleRatio: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe("Of what begins here (the controller's work), from 0 to 1; of requests Envoy decides."),
      jaegerUrl: z
        .url({ protocol: /^https?$/ })
        .exactOptional()
        .describe("Base URL of Jaeger's page, where the operator's browser finds it: refused requests link to their traces."),
    })
    .optional()
    .describe('Spans are sent to an OTLP/HTTP receiver; none: nothing is traced.'),
  operatorPage: z
    .strictObject({
      clients: z
        .enum(['Loopback', 'Any'])
        .default('Loopback')
        .describe('Who is shown it: whoever connects from this machine (or pod), or whoever reaches the admin address.'),
    })
    .prefault({})
    .describe("The operator's page, on the admin address. It has no login."),
  requestLog: recordFile
    .extend({
      requests: z.enum(['off', 'refused', 'all']).default('off').describe('Which requests; `refused`: those that the gateway refuses.'),
      path: z.string().min(1).default('-').describe('Absolute path of the file, or `-` for standard output.'),
    })
    .optional()
    .describe('One line of JSON for each request; none: nothing is written.'),
  audit: recordFile
    .extend({
      path: z.string().min(1).describe('Absolute path of the file, or `-` for standard output.'),
      level: z
        .enum(['Metadata', 'Request'])
        .default('Metadata')
        .describe('`Request`: with what the operator has sent to the Tenant API, without what may be secret.'),
    })
    .optional()
    .describe(
      'What the gateway refuses and what the operator changes, as events of audit.k8s.io/v1, one a line; none: nothing is written.',
    ),
  removal: z
    .strictObject({
      finalizerGracePeriodSeconds: z
        .int()
        .min(0)
        .default(DEFAULT_FINALIZER_GRACE_SECONDS)
        .describe(
          "How long the finalizers of a deleted tenant's objects are waited for; those that Kubernetes sets itself, twice as long.",
        ),
    })
    .prefault({})
    .describe('How tenants are removed.'),
  limits: z
    .strictObject({
      maxRequestsInflight: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Requests under way at a time, at all replicas together. None: 400.'),
      requestsPerSecond: z.int().min(1).max(1_000_000).optional().describe('None: requests are not counted by the second.'),
      burst: z.int().min(1).max(1_000_000).optional().describe("Requests at once. None: one second's worth."),
      maxLongRunning: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Watches, followed logs and sessions with containers at a time. None: 10,000.'),
      slots: z
        .int()
        .refine((slots) => slots > 0 && (slots & (slots - 1)) === 0, 'a power of two is wanted')
        .optional()
        .describe('Tenants that can have something under way at a time: a power of two. None: 65,536.'),
    })
    .optional()
    .describe('Of tenants that have none of their own.'),
  replica: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/)
        .optional()
        .describe("Another for each replica, and the same when it is started again. None: made of the host's name and `extProcSocket`."),
      leaseSeconds: z.int().min(2).default(5).describe('After this a replica that died gives its share back.'),
      handOverSeconds: z
        .int()
        .min(0)
        .default(5)
        .describe("For so long at most a newcomer waits for requests that are more than their replica's smaller share."),
    })
    .optional()
    .describe("How the gateway's replicas, which share the limits, know of each other."),
  defaultCaps: z
    .record(z.string().regex(/^count\/[a-z]/), z.union([z.string().regex(/^\d{1,9}$/), z.int().min(0)]))
    .default({})
    .describe('Caps on cluster-scoped objects of tenants whose quota does not say otherwise: keys of a quota, such as `count/namespaces`.'),
  oidc: oidcSchema.optional().describe("Whose tokens let tenants' users in, beside certificates and ServiceAccounts; none: nobody's."),
  envoy: envoySchema.optional().describe('Of what `kubezoo envoy-config` writes; sidecar and controller do not look at it.'),
  metrics: z
    .strictObject({
      tenants: z
        .int()
        .min(0)
        .max(10_000)
        .default(50)
        .describe(
          'How many tenants, the busiest and those that are refused most, have series of their own; the others are told of together.',
        ),
    })
    .prefault({})
    .describe('What `/metrics` tells.'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged: that and all that is worse.'),
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
  return checkConfig(file, readFileSync(file, 'utf8'), env);
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

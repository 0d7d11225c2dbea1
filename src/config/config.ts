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

/** How a process reaches the upstream apiserver or the platform's files: one file, YAML or JSON, written by the launcher or the operator. */
const schema = z.strictObject({
  /** Unix socket of the ext_proc server, and of the local API. */
  extProcSocket: z.string(),
  localSocket: z.string(),
  /** Loopback address of the admin endpoints (/readyz, /metrics). */
  adminAddress: z.string().default('127.0.0.1:0'),
  /** The controller's. */
  controllerAdminAddress: z.string().default('127.0.0.1:0'),
  /** Kubeconfig of the gateway's own identity upstream: may impersonate, review tokens and access; nothing else. */
  gatewayKubeconfig: z.string(),
  /** Kubeconfig with which the controller works upstream. */
  controllerKubeconfig: z.string(),
  /** That cluster's name, for tenants' `spec.upstream`. A tenant that names none lives there. */
  upstreamName: z.string().regex(UPSTREAM_NAME).default('default'),
  /** Further upstream clusters, by name. */
  otherUpstreams: z
    .record(z.string().regex(UPSTREAM_NAME), z.strictObject({ gatewayKubeconfig: z.string(), controllerKubeconfig: z.string() }))
    .default({}),
  /** Threads that serve ext_proc; with one, it is the sidecar's main thread. */
  workers: z.int().min(1).max(64).default(1),
  /** The gateway's public URL, as it stands in the kubeconfigs it hands out. */
  gatewayUrl: z.string(),
  /** PEM file of the CA that signed the gateway's serving certificate. */
  servingCaFile: z.string(),
  /** PEM file of that certificate, where this process can read it: for metrics. */
  servingCertFile: z.string().optional(),
  /** PEM files of the CA that signs tenants' client certificates. */
  clientCaFile: z.string(),
  clientCaKeyFile: z.string(),
  /** How long tenants' certificates are valid. */
  certificates: z
    .strictObject({
      /** Of each that is made; one that is asked to be longer is cut to this. */
      validitySeconds: z.int().min(1).default(YEAR_SECONDS),
      /** The admin's is renewed when no more than this is left of it; none: a third of its life. Never more than half of that. */
      renewBeforeSeconds: z.int().min(1).exactOptional(),
    })
    .prefault({}),
  etcdEndpoints: z.array(z.string()).min(1),
  /** How etcd is known, and how it knows us; see EtcdSecurity in tenants/etcd-client.ts. None: plain HTTP, as nobody. */
  etcd: z
    .strictObject({
      caFile: z.string().optional(),
      certFile: z.string().optional(),
      keyFile: z.string().optional(),
      username: z.string().min(1).optional(),
      passwordFile: z.string().optional(),
    })
    .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), 'certFile and keyFile need each other')
    .refine(
      ({ username, passwordFile }) => (username === undefined) === (passwordFile === undefined),
      'username and passwordFile need each other',
    )
    .optional(),
  /** Prefix of all keys that the product keeps in etcd. */
  etcdPrefix: z.string().default('/kubezoo/'),
  /** Group (O of a client certificate without OU) that makes a user the platform's operator. */
  operatorGroup: z.string().default('kubezoo:operators'),
  /** Folder into which the controller also writes each tenant's kubeconfig; none: only the annotation. */
  kubeconfigDir: z.string().optional(),
  /** Random bytes, 32 at least and the same for all replicas: seals the places at which lists go on. None: each process has its own. */
  cursorKeyFile: z.string().optional(),
  /** Custom resources of the platform's that tenants may use: cluster-scoped ones to be read, namespaced ones as their own. */
  sharedResources: z
    .array(z.strictObject({ group: z.string(), resource: z.string(), scope: z.enum(['Namespaced', 'Cluster']) }))
    .default([]),
  /** The server that upstream calls in the place of tenants' webhooks; none: tenants have no webhooks. */
  admissionBridge: z
    .strictObject({
      /** Where it listens. */
      host: z.string(),
      port: z.int(),
      /** `https://…`, where upstream finds it: any replica of the gateway's will do. */
      url: z.url({ protocol: /^https$/ }),
      certFile: z.string(),
      keyFile: z.string(),
      /** PEM file of the CA that upstream verifies it by. */
      caFile: z.string(),
      /** Random bytes, 32 at least and the same for all replicas: what makes the bridge's URLs unguessable. */
      proofKeyFile: z.string(),
      /** The longest that a tenant's webhook may take. */
      maxTimeoutMs: z.int().min(1).default(10_000),
      /** For development, where pods have no network: this loopback address is called in the place of each endpoint's. */
      dialInstead: z.enum(['127.0.0.1', '::1']).optional(),
    })
    .optional(),
  /** How long a controller that died without a word keeps the next one waiting: the lease of its leadership, in seconds. None: 10. */
  leaderLeaseSeconds: z.int().min(2).max(300).optional(),
  /** What happens between SIGTERM and the end of the sidecar; none: it drains at once, and leaves Envoy as it is. */
  shutdown: z
    .strictObject({
      /** So long `/readyz` says no while everything is served, for load balancers to notice. */
      delaySeconds: z.number().min(0).max(600).default(0),
      /** Unix socket of Envoy's admin endpoints, where Envoy ends together with the sidecar: it is drained for good. */
      envoyAdminSocket: z.string().optional(),
    })
    .optional(),
  /** Where tenants' pods reach the gateway, as clients inside of a cluster do; none: they are told nothing, and find upstream. */
  inCluster: z
    .strictObject({
      /** A name or address that stands in the gateway's serving certificate. */
      host: z.string().min(1),
      port: z.int().min(1).max(65_535),
      /** PEM file of the CA that signed that certificate, where it is not `servingCaFile`. */
      caFile: z.string().optional(),
    })
    .optional(),
  /** Spans are sent to an OTLP/HTTP receiver; none: nothing is traced. */
  tracing: z
    .strictObject({
      /** Its base URL: `http://collector:4318`. */
      endpoint: z.url({ protocol: /^https?$/ }),
      /** Of what begins here (the controller's work), from 0 to 1; of requests Envoy decides. */
      sampleRatio: z.number().min(0).max(1).default(1),
    })
    .optional(),
  removal: z
    .strictObject({
      /** How long the finalizers of a deleted tenant's objects are waited for; those that Kubernetes sets itself, twice as long. */
      finalizerGracePeriodSeconds: z.int().min(0).default(DEFAULT_FINALIZER_GRACE_SECONDS),
    })
    .prefault({}),
  /** Of tenants that have none of their own. Without a rate, requests are not counted by the second. */
  limits: z
    .strictObject({
      /** Default 400. */
      maxRequestsInflight: z.int().min(1).max(1_000_000).optional(),
      requestsPerSecond: z.int().min(1).max(1_000_000).optional(),
      /** Default: one second's worth. */
      burst: z.int().min(1).max(1_000_000).optional(),
      /** Default 10,000. */
      maxLongRunning: z.int().min(1).max(1_000_000).optional(),
      /** Tenants that can have something under way at a time: a power of two. Default 65,536. */
      slots: z
        .int()
        .refine((slots) => slots > 0 && (slots & (slots - 1)) === 0, 'a power of two is wanted')
        .optional(),
    })
    .optional(),
  /** How the gateway's replicas, which share the limits, know of each other. */
  replica: z
    .strictObject({
      /** Another for each replica, and the same when it is started again. Default: made of the host's name and `extProcSocket`. */
      name: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/)
        .optional(),
      /** After this a replica that died gives its share back. */
      leaseSeconds: z.int().min(2).default(5),
      /** For so long at most a newcomer waits for requests that are more than their replica's smaller share. */
      handOverSeconds: z.int().min(0).default(5),
    })
    .optional(),
  /** Caps on cluster-scoped objects of tenants whose quota does not say otherwise: keys of a quota, such as `count/namespaces`. */
  defaultCaps: z.record(z.string().regex(/^count\/[a-z]/), z.union([z.string().regex(/^\d{1,9}$/), z.int().min(0)])).default({}),
  /** Whose tokens let tenants' users in, beside certificates and ServiceAccounts; none: nobody's. */
  oidc: oidcSchema.optional(),
  /** Of what `kubezoo envoy-config` writes; sidecar and controller do not look at it. */
  envoy: envoySchema.optional(),
  metrics: z
    .strictObject({
      /** How many tenants, the busiest and those that are refused most, have series of their own; the others are told of together. */
      tenants: z.int().min(0).max(10_000).default(50),
    })
    .prefault({}),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

const checkedSchema = schema.refine(
  ({ upstreamName, otherUpstreams }) => !Object.hasOwn(otherUpstreams, upstreamName),
  'two upstream clusters have the same name',
);

export type Config = z.infer<typeof schema>;

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

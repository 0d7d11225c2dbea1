import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** How a process reaches the upstream apiserver or the platform's files: one JSON file, written by the launcher or the operator. */
const schema = z.strictObject({
  /** Unix socket of the ext_proc server, and of the local API. */
  extProcSocket: z.string(),
  localSocket: z.string(),
  /** Loopback address of the admin endpoints (/readyz, /metrics). */
  adminAddress: z.string().default('127.0.0.1:0'),
  /** Kubeconfig of the gateway's own identity upstream: may impersonate, review tokens and access; nothing else. */
  gatewayKubeconfig: z.string(),
  /** Kubeconfig with which the controller works upstream. */
  controllerKubeconfig: z.string(),
  /** The gateway's public URL, as it stands in the kubeconfigs it hands out. */
  gatewayUrl: z.string(),
  /** PEM file of the CA that signed the gateway's serving certificate. */
  servingCaFile: z.string(),
  /** PEM files of the CA that signs tenants' client certificates. */
  clientCaFile: z.string(),
  clientCaKeyFile: z.string(),
  etcdEndpoints: z.array(z.string()).min(1),
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
  /** Caps on cluster-scoped objects of tenants whose quota does not say otherwise: keys of a quota, such as `count/namespaces`. */
  defaultCaps: z.record(z.string().regex(/^count\/[a-z]/), z.union([z.string().regex(/^\d{1,9}$/), z.int().min(0)])).default({}),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Config = z.infer<typeof schema>;

/** Reads and checks the file. Throws an Error whose message names the file and each wrong field. */
export function loadConfig(file: string): Readonly<Config> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return Object.freeze(parsed.data);
}

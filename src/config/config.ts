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
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Config = z.infer<typeof schema>;

/** Reads and checks the file. Throws an Error whose message names the file and each wrong field. */
export function loadConfig(file: string): Readonly<Config> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return Object.freeze(parsed.data);
}

import { parse, stringify } from 'yaml';

export interface KubeconfigParts {
  /** URL. */
  readonly server: string;
  /** CA of the server's certificate. */
  readonly caPem: string;
  readonly clusterName: string;
  /** Default: as the cluster. */
  readonly contextName?: string;
  readonly user: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly namespace?: string;
}

/** A kubeconfig that needs no other file, YAML. */
export function renderKubeconfig(parts: KubeconfigParts): string {
  const { server, caPem, clusterName, contextName = clusterName, user, certPem, keyPem, namespace } = parts;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: clusterName, cluster: { server, 'certificate-authority-data': toBase64(caPem) } }],
      users: [{ name: user, user: { 'client-certificate-data': toBase64(certPem), 'client-key-data': toBase64(keyPem) } }],
      contexts: [{ name: contextName, context: { cluster: clusterName, user, ...(namespace && { namespace }) } }],
      'current-context': contextName,
    },
    { lineWidth: 0 },
  );
}

/** The parts of a kubeconfig that `renderKubeconfig` has written; undefined for any other text. */
export function readKubeconfig(text: string): KubeconfigParts | undefined {
  try {
    const { clusters, users, contexts } = parse(text) as Record<string, Record<string, unknown>[]>;
    const cluster = clusters?.[0]?.cluster as Record<string, unknown>;
    const user = users?.[0]?.user as Record<string, unknown>;
    const context = contexts?.[0]?.context as Record<string, unknown>;
    const parts = {
      server: String(cluster.server),
      caPem: fromBase64(cluster['certificate-authority-data']),
      clusterName: String(clusters?.[0]?.name),
      user: String(users?.[0]?.name),
      certPem: fromBase64(user['client-certificate-data']),
      keyPem: fromBase64(user['client-key-data']),
    };
    return typeof context.namespace === 'string' ? { ...parts, namespace: context.namespace } : parts;
  } catch {
    // Not YAML, or another shape: not one of ours.
    return undefined;
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function fromBase64(text: unknown): string {
  if (typeof text !== 'string') throw new TypeError('not base64');
  return Buffer.from(text, 'base64').toString();
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stack } from '../../helpers/stack.ts';

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly ephemeralContainers?: readonly Container[];
    readonly volumes?: readonly { readonly name: string; readonly projected?: { readonly sources: readonly Source[] } }[];
  };
}

export interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Source {
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds: number; readonly audience?: string };
  readonly configMap?: { readonly name: string; readonly items: readonly { readonly key: string; readonly path: string }[] };
  readonly downwardAPI?: { readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[] };
}

/** What kubelet sets of its own, for the Service that upstream calls `kubernetes`: a container's own variables go before it. Leads nowhere. */
const UPSTREAM_SERVICE = {
  KUBERNETES_SERVICE_HOST: 'upstream.invalid',
  KUBERNETES_SERVICE_PORT: '443',
  KUBERNETES_SERVICE_PORT_HTTPS: '443',
};

/**
 * What the first container of a pod finds when kubelet has started it, from its final spec alone: the environment, and below `root` the
 * files of its projected volumes.
 */
export async function asKubelet(stack: Stack, pod: Pod, root: string): Promise<NodeJS.ProcessEnv> {
  const [container] = pod.spec.containers;
  for (const { name, mountPath } of container!.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    for (const source of volume?.projected?.sources ?? []) {
      for (const [path, content] of await filesOf(stack, pod, source)) {
        const file = join(root, mountPath, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
    }
  }
  return { ...UPSTREAM_SERVICE, ...Object.fromEntries((container!.env ?? []).map(({ name, value }) => [name, value ?? ''])) };
}

async function filesOf(stack: Stack, pod: Pod, source: Source): Promise<[string, string][]> {
  const { serviceAccountToken: token, configMap, downwardAPI } = source;
  const { namespace } = pod.metadata;
  if (token) return [[token.path, await requestToken(stack, pod, token)]];
  if (configMap) {
    const { data } = await read<{ data: Record<string, string> }>(stack, `/api/v1/namespaces/${namespace}/configmaps/${configMap.name}`);
    return configMap.items.map(({ key, path }) => [path, data[key]!]);
  }
  return (downwardAPI?.items ?? []).map(({ path, fieldRef }) => [path, fieldOf(pod, fieldRef.fieldPath)]);
}

/** As kubelet asks for it: for this pod, with the audience that the volume names. */
async function requestToken(stack: Stack, pod: Pod, token: NonNullable<Source['serviceAccountToken']>): Promise<string> {
  const { name, uid, namespace } = pod.metadata;
  const client = stack.client('upstream');
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: token.expirationSeconds,
      audiences: token.audience ? [token.audience] : [],
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName}/token`;
  const answer = await client.request('POST', path, { body });
  client.close();
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  return (JSON.parse(answer.body) as { status: { token: string } }).status.token;
}

function fieldOf({ metadata }: Pod, path: string): string {
  if (path === 'metadata.namespace') return metadata.namespace;
  const key = /^metadata\.annotations\['(.+)'\]$/.exec(path)?.[1];
  if (key === undefined) throw new Error(`the field ${path} is not known here`);
  return metadata.annotations?.[key] ?? '';
}

/** One object, straight from upstream. */
export async function read<T>(stack: Stack, path: string): Promise<T> {
  const client = stack.client('upstream');
  const { status, body } = await client.request('GET', path);
  client.close();
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
}

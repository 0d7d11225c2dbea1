/** Where a tenant's Service leads: the addresses behind it, as upstream has them in its EndpointSlices. */
import { isIPv4, isIPv6 } from 'node:net';
import { toUpstreamName } from '../names/prefix.ts';
import type { WebhookTarget } from '../names/webhook-url.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { callUrl } from './call-webhook.ts';
import { WebhookError } from './webhook-error.ts';

export interface Backend {
  readonly address: string;
  readonly port: number;
}

interface Service extends KubeObject {
  spec?: { type?: string; ports?: { name?: string; port: number; protocol?: string }[] };
}

interface EndpointSlice extends KubeObject {
  ports?: { name?: string; port?: number; protocol?: string }[];
  endpoints?: { addresses?: string[]; conditions?: { ready?: boolean } }[];
}

/**
 * @param timeoutMs for the message alone
 * @returns what is ready, in the order in which upstream has it
 * @throws WebhookError where there is no such Service or port, or nothing behind it that may be called; UpstreamError
 */
export async function resolveService(upstream: UpstreamClient, target: WebhookTarget, timeoutMs: number): Promise<Backend[]> {
  const failed = (problem: string) => new WebhookError(`Post "${callUrl(target, timeoutMs)}": ${problem}`);
  const base = `namespaces/${toUpstreamName(target.tenantId, target.namespace)}`;
  const service = await find<Service>(upstream, `/api/v1/${base}/services/${target.service}`);
  if (!service) throw failed(`service "${target.service}" not found`);
  // Its name could lead anywhere.
  if (service.spec?.type === 'ExternalName') throw failed(`service "${target.service}" is of type ExternalName`);
  const port = service.spec?.ports?.find((candidate) => candidate.port === target.port && (candidate.protocol ?? 'TCP') === 'TCP');
  if (!port) throw failed(`no service port ${target.port} found for service "${target.service}"`);
  const { items } = await upstream.list<EndpointSlice>(`/apis/discovery.k8s.io/v1/${base}/endpointslices`, {
    query: { labelSelector: `kubernetes.io/service-name=${target.service}` },
  });
  const backends = items.flatMap(({ ports = [], endpoints = [] }) => {
    const found = ports.find((candidate) => (candidate.name ?? '') === (port.name ?? '') && candidate.port !== undefined);
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return found ? ready.flatMap(({ addresses = [] }) => addresses.map((address) => ({ address, port: found.port! }))) : [];
  });
  const callable = backends.filter(({ address }) => mayBeCalled(address));
  if (callable.length === 0) throw failed(`no endpoints available for service "${target.service}"`);
  return callable;
}

/** The tenant writes the addresses: this machine, its neighbours on the link and the cloud's metadata service are not for it. */
export function mayBeCalled(address: string): boolean {
  if (isIPv4(address)) {
    const [first = 0, second = 0] = address.split('.').map(Number);
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  }
  if (!isIPv6(address)) return false;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  // An IPv4 address in another form, loopback, unspecified, link-local, multicast; the metadata services of clouds.
  return !/^(::|64:ff9b:|fe[89ab]|ff|fd00:ec2:|fd20:ce:)/i.test(text);
}

async function find<T extends KubeObject>(upstream: UpstreamClient, path: string): Promise<T | undefined> {
  try {
    return await upstream.get<T>(path);
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return undefined;
    throw thrown;
  }
}

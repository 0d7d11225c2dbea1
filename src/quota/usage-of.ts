/**
 * What an object counts for in a ResourceQuota: as kube-apiserver's own evaluators have it (k8s.io/kubernetes/pkg/quota/v1/evaluator/core), by upstream's
 * keys. Only who is asked for room depends on it: the limit is kept by kube-apiserver's own counting.
 */
import { type Amounts, addAmounts, amountOf, greater } from './amounts.ts';
import { countKey } from './keys.ts';
import { ONE, parseQuantity } from './quantity.ts';
import { podUsage } from './usage-of-pod.ts';

/** An object out of a review. */
// biome-ignore lint/suspicious/noExplicitAny: upstream's own objects, of any kind
export type ReviewedObject = any;

const STORAGE_CLASS = '.storageclass.storage.k8s.io/';
const OBJECT_KEYS: ReadonlySet<string> = new Set(['services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims']);
/** resource.k8s.io: AllocationResultsMaxSize, which a claim for all devices is counted as. */
const ALL_DEVICES = 32;

export function usageOf(group: string, resource: string, object: ReviewedObject): Map<string, bigint> {
  const usage = new Map<string, bigint>([[countKey(group, resource), ONE]]);
  if (group === 'resource.k8s.io' && resource === 'resourceclaims') addAmounts(usage, claimUsage(object));
  if (group !== '') return usage;
  if (OBJECT_KEYS.has(resource)) usage.set(resource, ONE);
  if (resource === 'pods') addAmounts(usage, podUsage(object));
  if (resource === 'services') addAmounts(usage, serviceUsage(object));
  if (resource === 'persistentvolumeclaims') addAmounts(usage, volumeClaimUsage(object));
  return usage;
}

/** What a write needs more than was there before; `before` undefined: a creation. */
export function needOf(group: string, resource: string, object: ReviewedObject, before?: ReviewedObject): Map<string, bigint> {
  const need = usageOf(group, resource, object);
  if (before) for (const [key, amount] of usageOf(group, resource, before)) need.set(key, amountOf(need, key) - amount);
  for (const [key, amount] of need) if (amount <= 0n) need.delete(key);
  return need;
}

function serviceUsage({ spec = {} }: ReviewedObject): Amounts {
  const ports: { nodePort?: number }[] = spec.ports ?? [];
  if (spec.type === 'NodePort') return new Map([['services.nodeports', count(ports.length)]]);
  if (spec.type !== 'LoadBalancer') return new Map();
  const nodePorts = spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
  return new Map([
    ['services.loadbalancers', ONE],
    ['services.nodeports', count(nodePorts)],
  ]);
}

function volumeClaimUsage({ metadata, spec = {}, status }: ReviewedObject): Amounts {
  const storageClass: string = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';
  const asked = roundedUp(spec.resources?.requests?.storage);
  const allocated = roundedUp(status?.allocatedResources?.storage);
  const storage = greater(allocated, asked);
  const usage = new Map([['requests.storage', storage]]);
  if (storageClass) {
    usage.set(`${storageClass}${STORAGE_CLASS}persistentvolumeclaims`, ONE);
    usage.set(`${storageClass}${STORAGE_CLASS}requests.storage`, storage);
  }
  return usage;
}

function claimUsage({ spec }: ReviewedObject): Amounts {
  const usage = new Map<string, bigint>();
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    // Of alternatives each class may be the one.
    const byClass = new Map<string, number>();
    for (const { deviceClassName, allocationMode, count: asked } of firstAvailable ?? (exactly ? [exactly] : [])) {
      const devices = allocationMode === 'All' ? ALL_DEVICES : Number(asked ?? 1);
      byClass.set(deviceClassName, Math.max(byClass.get(deviceClassName) ?? 0, devices));
    }
    for (const [name, devices] of byClass) addAmounts(usage, new Map([[`${name}.deviceclass.resource.k8s.io/devices`, count(devices)]]));
  }
  return usage;
}

function count(number: number): bigint {
  return BigInt(number) * ONE;
}

function roundedUp(quantity: string | undefined): bigint {
  const amount = quantity === undefined ? 0n : (parseQuantity(quantity) ?? 0n);
  return ((amount + ONE - 1n) / ONE) * ONE;
}

/** A pod's requests and limits as quotas count them (k8s.io/component-helpers/resource PodRequests and PodLimits). */
import { type Amounts, addAmounts, amountOf, readAmounts } from './amounts.ts';
import { ONE } from './quantity.ts';
import type { ReviewedObject } from './usage-of.ts';

type Side = 'requests' | 'limits';

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];

export function podUsage({ metadata, spec, status }: ReviewedObject): Amounts {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded' || isStuck(metadata)) return new Map();
  const requests = podResources(spec, 'requests');
  const limits = podResources(spec, 'limits');
  const usage = new Map([['pods', ONE]]);
  for (const [name, amount] of requests) {
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage.set(name, amount);
    usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (COMPUTE.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

/** Its time to end has passed twice over: its node is lost, say. */
function isStuck(metadata: ReviewedObject): boolean {
  const graceMs = 1000 * (metadata?.deletionGracePeriodSeconds ?? 0);
  return metadata?.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) + graceMs < Date.now();
}

function podResources(spec: ReviewedObject, side: Side): Map<string, bigint> {
  const total = containerResources(spec, side);
  for (const [name, amount] of readAmounts(spec.resources?.[side])) total.set(name, amount);
  for (const [name, amount] of readAmounts(spec.overhead)) {
    if (side === 'requests' || amountOf(total, name) > 0n) total.set(name, amountOf(total, name) + amount);
  }
  return total;
}

/** What runs at the same time is added up; of what comes one after the other the most counts. */
function containerResources(spec: ReviewedObject, side: Side): Map<string, bigint> {
  const total = new Map<string, bigint>();
  for (const { resources } of spec.containers ?? []) addAmounts(total, readAmounts(resources?.[side]));
  const sidecars = new Map<string, bigint>();
  const most = new Map<string, bigint>();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const atThisTime = readAmounts(resources?.[side]);
    if (restartPolicy === 'Always') {
      addAmounts(total, atThisTime);
      addAmounts(sidecars, atThisTime);
      raise(most, sidecars);
    } else {
      addAmounts(atThisTime, sidecars);
      raise(most, atThisTime);
    }
  }
  raise(total, most);
  return total;
}

function raise(amounts: Map<string, bigint>, atLeast: Amounts): void {
  for (const [key, amount] of atLeast) if (amount > amountOf(amounts, key) || !amounts.has(key)) amounts.set(key, amount);
}

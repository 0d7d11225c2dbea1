import type { Etcd3 } from 'etcd3';
import { readFromEtcd } from '../../../src/tenants/etcd-client.ts';
import { USED } from './tenant-lives.ts';

const PAGE_SIZE = 2_000;
/** Made and renewed by Kubernetes itself as it sees fit. */
const PASSING = /^\/registry\/(events|leases|endpointslices|services\/endpoints)\//;

/** All keys of etcd, upstream's and the product's. */
export async function readKeys(client: Etcd3): Promise<string[]> {
  const keys: string[] = [];
  let from = Buffer.from([0]);
  for (;;) {
    const page = await readFromEtcd(() => client.kv.range({ key: from, range_end: Buffer.from([0]), keys_only: true, limit: PAGE_SIZE }));
    keys.push(...page.kvs.map(({ key }) => key.toString()));
    const last = page.kvs.at(-1)?.key;
    if (!page.more || !last) return keys;
    from = Buffer.concat([last, Buffer.from([0])]);
  }
}

/** What a tenant is made of: its keys with the id left out, without what it made itself. */
export function anatomy(keys: readonly string[], tenantId: string): string[] {
  return keys
    .filter((key) => key.includes(tenantId) && !key.includes(USED) && !PASSING.test(key))
    .map((key) => key.replaceAll(tenantId, 'ID'))
    .sort();
}

/** What two tenants differ in. */
export function differences(wanted: readonly string[], found: readonly string[]): string[] {
  return [
    ...wanted.filter((key) => !found.includes(key)).map((key) => `without ${key}`),
    ...found.filter((key) => !wanted.includes(key)).map((key) => `with ${key}`),
  ];
}

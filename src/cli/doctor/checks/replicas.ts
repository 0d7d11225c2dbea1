import { connectEtcd, readFromEtcd } from '../../../tenants/etcd-client.ts';
import { type Check, type Finding, failure, ok, someOf, warning } from '../check.ts';

/** Gateways that share limits announce themselves in etcd, each by a key on a lease, with those whom it shares them with. */
export const replicas: Check = {
  name: 'replicas',
  title: 'replicas',
  about: 'the gateways that are alive agree on who they are: they divide the limits among them',
  async run({ config }) {
    const prefix = `${config.etcdPrefix}replicas/`;
    const client = connectEtcd(config.etcdEndpoints, config.etcd);
    try {
      // '0' is the character behind '/'.
      const range = { key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) };
      const { kvs } = await readFromEtcd(() => client.kv.range(range));
      return [judgeReplicas(kvs.map(({ key, value }) => ({ name: key.toString().slice(prefix.length), text: value.toString() })))];
    } finally {
      client.close();
    }
  },
};

export function judgeReplicas(found: readonly { readonly name: string; readonly text: string }[]): Finding {
  const names = found.map(({ name }) => name).sort();
  if (names.length === 0) return failure('none is alive', 'start a sidecar, or see in its log why it cannot reach etcd');
  const odd = found.filter(({ text }) => !names.every((name) => membersIn(text).includes(name)));
  const alive = `${names.length} alive: ${someOf(names)}`;
  if (odd.length === 0) return ok(alive);
  const advice = 'for some seconds after one came or went this is as it should be; if it stays, see the logs of these sidecars';
  return warning(`${alive}; ${someOf(odd.map(({ name }) => name))} shares limits with others`, advice);
}

function membersIn(text: string): unknown[] {
  try {
    const { members } = JSON.parse(text) as { members?: unknown };
    return Array.isArray(members) ? members : [];
  } catch {
    return [];
  }
}

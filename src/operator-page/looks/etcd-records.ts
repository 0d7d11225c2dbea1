import type { Etcd3 } from 'etcd3';
import { readReplica } from '../../limits/replicas/replica-record.ts';

/** What the processes say of themselves in etcd, by keys on leases: who is dead says nothing. */
export interface EtcdRecords {
  /** Host and process of the controller that leads; undefined: none does. */
  readonly leader: string | undefined;
  readonly replicas: readonly ReplicaSight[];
}

export interface ReplicaSight {
  readonly name: string;
  /** It divides the limits among the very replicas that there are. */
  readonly agrees: boolean;
}

/** Fails at once where etcd is not there; whoever asks asks again soon. */
export async function lookAtEtcd(client: Etcd3, etcdPrefix: string): Promise<EtcdRecords> {
  const prefix = `${etcdPrefix}replicas/`;
  const [leader, replicas] = await Promise.all([
    client.kv.range({ key: Buffer.from(`${etcdPrefix}leader/controller`) }),
    // '0' is the character behind '/'.
    client.kv.range({ key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) }),
  ]);
  const found = replicas.kvs.map(({ key, value }) => ({ name: key.toString().slice(prefix.length), members: readReplica(value).members }));
  const names = found.map(({ name }) => name).sort();
  return {
    leader: leader.kvs[0]?.value.toString(),
    replicas: found.map(({ name, members }) => ({ name, agrees: names.join('\n') === [...members].sort().join('\n') })),
  };
}

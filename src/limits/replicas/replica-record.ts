/** What a replica's key in etcd holds. */
export interface ReplicaRecord {
  /** Another for each start, to tell a replica from its namesake. */
  readonly instance: string;
  /** The replicas, itself among them, by which it divides limits; none: it takes no part of them. */
  readonly members: readonly string[];
}

export function writeReplica(record: ReplicaRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Text that cannot be read is a replica all the same, which agrees to nothing. */
export function readReplica(value: Buffer): ReplicaRecord {
  try {
    const { instance, members } = JSON.parse(value.toString()) as Partial<ReplicaRecord>;
    return { instance: String(instance), members: Array.isArray(members) ? members.map(String) : [] };
  } catch {
    return { instance: '', members: [] };
  }
}

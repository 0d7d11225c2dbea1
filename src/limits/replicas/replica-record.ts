/** By what a replica divides limits. */
export interface Parting {
  /** The replicas, itself among them, in order of name; none: it takes no part of them. */
  readonly members: readonly string[];
  /** By how many places the replicas have moved on: what cannot be divided evenly goes round. */
  readonly turn: number;
}

/** What the others go by. */
export interface Published extends Parting {
  /** The turn that this replica wants; the largest of all is what they turn to. */
  readonly wish: number;
}

/** What a replica's key in etcd holds. */
export interface ReplicaRecord extends Published {
  /** Another for each start, to tell a replica from its namesake. */
  readonly instance: string;
}

export const NO_PART: Published = { members: [], turn: 0, wish: 0 };

export function writeReplica(record: ReplicaRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Text that cannot be read is a replica all the same, which agrees to nothing. */
export function readReplica(value: Buffer): ReplicaRecord {
  try {
    const { instance, members, turn, wish } = JSON.parse(value.toString()) as Partial<ReplicaRecord>;
    return {
      instance: String(instance),
      members: Array.isArray(members) ? members.map(String) : [],
      turn: Number.isSafeInteger(turn) ? turn! : 0,
      wish: Number.isSafeInteger(wish) ? wish! : 0,
    };
  } catch {
    return { instance: '', ...NO_PART };
  }
}

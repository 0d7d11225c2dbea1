import { setTimeout as delay } from 'node:timers/promises';
import type { Etcd3 } from 'etcd3';
import { connectEtcd, readFromEtcd } from '../../src/tenants/etcd-client.ts';
import { type KeyRange, watchKeys } from '../../src/tenants/etcd-watch.ts';
import { RESOURCES, type Resource } from './observation.ts';
import { type RecordedChange, stateAt, type UpstreamRecord } from './verify/own-record.ts';

const PAGE_SIZE = 500;
const COMPACTION_TRIES = 20;

/** Follows etcd itself, past the apiserver: every change of the soak's resources, whatever is restarted or compacted. */
export class UpstreamRecorder {
  readonly #client: Etcd3;
  readonly #followers: ReadonlyMap<Resource, Follower>;

  private constructor(client: Etcd3, followers: ReadonlyMap<Resource, Follower>) {
    this.#client = client;
    this.#followers = followers;
  }

  /** Resolves when what is there now has been read. @param endpoints URLs of etcd */
  static async start(endpoints: readonly string[]): Promise<UpstreamRecorder> {
    const client = connectEtcd(endpoints);
    const started = RESOURCES.map(async (resource) => [resource, await Follower.start(client, resource)] as const);
    return new UpstreamRecorder(client, new Map(await Promise.all(started)));
  }

  /** The last revision up to which all has been recorded. */
  get through(): number {
    return Math.min(...[...this.#followers.values()].map(({ through }) => through));
  }

  record(resource: Resource): UpstreamRecord {
    return this.#followers.get(resource)!;
  }

  /** etcd's own revision now. */
  async revision(): Promise<number> {
    const { header } = await readFromEtcd(() => this.#client.kv.range({ key: Buffer.from('/'), count_only: true }));
    return Number(header.revision);
  }

  /** Compacts etcd up to about `distance` revisions before now, never past what has been recorded; resolves with the revision. */
  async compact(distance: number): Promise<number> {
    const revision = Math.max(1, Math.min((await this.revision()) - distance, this.through));
    for (let tried = 1; ; tried += 1) {
      try {
        await this.#client.kv.compact({ revision: String(revision), physical: true });
        return revision;
      } catch (error) {
        // The apiserver compacts as well.
        if (String(error).includes('has been compacted')) return revision;
        if (tried === COMPACTION_TRIES) throw error;
        await delay(250);
      }
    }
  }

  /** Why the record is not to be trusted: a follower that lost its place, or what was recorded does not add up to what is there. */
  async doubts(): Promise<string[]> {
    const doubts: string[] = [];
    for (const [resource, follower] of this.#followers) {
      if (follower.failure !== undefined) doubts.push(`the record of ${resource} broke: ${follower.failure}`);
      const { revision, state } = await readState(this.#client, rangeOf(resource), follower.through);
      const recorded = stateAt(follower, revision);
      const keys = new Set([...state.keys(), ...recorded.keys()]);
      const wrong = [...keys].filter((key) => state.get(key) !== recorded.get(key));
      if (wrong.length > 0) doubts.push(`the record of ${resource} differs from etcd at ${revision}: ${wrong.slice(0, 5).join(', ')}`);
    }
    return doubts;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#followers.values()].map((follower) => follower.stop()));
    this.#client.close();
  }
}

class Follower implements UpstreamRecord {
  readonly from: number;
  readonly initial: ReadonlyMap<string, number>;
  readonly changes: RecordedChange[] = [];
  through: number;
  failure: unknown;
  readonly #over = new AbortController();
  readonly #following: Promise<void>;

  private constructor(client: Etcd3, range: KeyRange, from: number, initial: ReadonlyMap<string, number>) {
    this.from = from;
    this.through = from;
    this.initial = initial;
    this.#following = this.#follow(client, range).catch((error: unknown) => {
      this.failure = error;
    });
  }

  static async start(client: Etcd3, resource: Resource): Promise<Follower> {
    const range = rangeOf(resource);
    const { revision, state } = await readState(client, range);
    return new Follower(client, range, revision, state);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#following;
  }

  async #follow(client: Etcd3, range: KeyRange): Promise<void> {
    for await (const { events, revision } of watchKeys(client, range, String(this.from), this.#over.signal)) {
      for (const event of events) {
        this.changes.push({
          type: event.type === 'delete' ? 'DELETED' : event.created ? 'ADDED' : 'MODIFIED',
          key: event.key.slice(range.start.length),
          revision: Number(event.revision),
        });
      }
      this.through = Number(revision);
    }
  }
}

function rangeOf(resource: Resource): KeyRange {
  // '0' is the character behind '/'.
  return { start: Buffer.from(`/registry/${resource}/`), end: Buffer.from(`/registry/${resource}0`) };
}

/** Keys of the range, without its beginning, with their revisions; at `atRevision`, else now. */
async function readState(client: Etcd3, range: KeyRange, atRevision?: number): Promise<{ revision: number; state: Map<string, number> }> {
  const state = new Map<string, number>();
  let revision = atRevision;
  for (let key = range.start; ; ) {
    const page = await readFromEtcd(() =>
      client.kv.range({
        key,
        range_end: range.end,
        keys_only: true,
        limit: PAGE_SIZE,
        ...(revision !== undefined && { revision: String(revision) }),
      }),
    );
    revision ??= Number(page.header.revision);
    for (const kv of page.kvs) state.set(kv.key.toString().slice(range.start.length), Number(kv.mod_revision));
    const last = page.kvs.at(-1);
    if (!page.more || !last) return { revision, state };
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

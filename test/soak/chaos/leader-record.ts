import type { Etcd3 } from 'etcd3';
import { connectEtcd, readFromEtcd } from '../../../src/tenants/etcd-client.ts';
import { watchKeys } from '../../../src/tenants/etcd-watch.ts';
import type { NamedController } from './start-controllers.ts';

/** One leadership, as etcd has it. Times are when this process heard of it (milliseconds of the epoch), never earlier than the change. */
export interface Term {
  readonly candidate: string;
  /** User upstream of the controller that leads; undefined when its process is not one of the known. */
  readonly user: string | undefined;
  readonly from: number;
  until: number;
}

/** What a controller did upstream, from the audit log. */
export interface UpstreamWrite {
  readonly user: string;
  readonly at: number;
  readonly what: string;
}

/** Follows the key of leadership in etcd. */
export class LeaderRecord {
  readonly terms: Term[] = [];
  failure: unknown;
  readonly #client: Etcd3;
  readonly #over = new AbortController();
  readonly #following: Promise<void>;
  /** User by process id: controllers are started again under others. */
  readonly #users = new Map<number, string>();

  constructor(endpoints: readonly string[], key: string, controllers: readonly NamedController[]) {
    this.#client = connectEtcd(endpoints);
    this.#following = this.#follow(Buffer.from(key), controllers).catch((error: unknown) => {
      this.failure = error;
    });
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#following;
    this.#client.close();
  }

  async #follow(key: Buffer, controllers: readonly NamedController[]): Promise<void> {
    const learn = () => {
      for (const { user, process } of controllers) if (process.pid !== undefined) this.#users.set(process.pid, user);
    };
    const learning = setInterval(learn, 50);
    const begin = (value: Buffer) => {
      learn();
      const candidate = value.toString();
      this.terms.push({
        candidate,
        user: this.#users.get(Number(candidate.split('/').at(-1))),
        from: Date.now(),
        until: Number.POSITIVE_INFINITY,
      });
    };
    try {
      const { kvs, header } = await readFromEtcd(() => this.#client.kv.range({ key }));
      if (kvs[0]) begin(kvs[0].value);
      const range = { start: key, end: Buffer.concat([key, Buffer.from([0])]) };
      for await (const { events } of watchKeys(this.#client, range, header.revision, this.#over.signal)) {
        for (const event of events) {
          if (event.type === 'delete') this.terms.at(-1)!.until = Date.now();
          else begin(event.value);
        }
      }
    } finally {
      clearInterval(learning);
    }
  }
}

/** Writes that one controller made while another led. */
export function strayWrites(terms: readonly Term[], writes: readonly UpstreamWrite[]): string[] {
  return writes.flatMap(({ user, at, what }) => {
    const other = terms.find((term) => term.user !== user && at > term.from && at < term.until);
    return other ? [`${user} wrote in the term of ${other.user} (${at - other.from} ms after it began): ${what}`] : [];
  });
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChangeType, Observations, Observer, Resource, Session, Sighting } from './observation.ts';
import { ID_STEM } from './tenants.ts';

export interface InformersOptions {
  /** Of the test's own clients. */
  readonly binary: string;
  /** For messages and files. */
  readonly title: string;
  readonly mediaType: string;
  /** Whether the caches are filled by a watch that sends the state first. */
  readonly watchList: boolean;
  readonly tenants: readonly { readonly id: string; readonly kubeconfig: string }[];
  /** For its log and its list of tenants. */
  readonly folder: string;
}

/** A line of `soak-informers`: see test/e2e/clients/go/soak.go. */
interface Line {
  readonly at: 'list' | 'watch' | 'event' | 'cache' | 'forbidden' | 'started' | 'done';
  readonly tenant?: string;
  readonly resource?: Resource;
  readonly stream?: number;
  readonly from?: number;
  readonly revision?: number;
  readonly items?: readonly Sighting[];
  readonly type?: ChangeType | 'BOOKMARK' | 'ERROR';
  readonly object?: Sighting;
  readonly initialEnd?: boolean;
  readonly code?: number;
  readonly objects?: number;
  readonly problem?: string;
  readonly seen?: readonly string[];
}

/** Informers of client-go in a process of its own, on all three resources of each of its tenants. */
export class Informers {
  readonly title: string;
  /** Differences between caches and fresh lists, and what no tenant may see; of the last comparison. */
  readonly problems: string[] = [];
  /** Caches that were compared, and objects in them. */
  caches = 0;
  objects = 0;
  /** ERROR events by their code. */
  readonly errors = new Map<number, number>();
  readonly #observations = new Map<string, Observations>();
  readonly #sessions = new Map<number, Session>();
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number>;
  #heard: (at: 'started' | 'done') => void = () => {};

  constructor({ binary, title, mediaType, watchList, tenants, folder }: InformersOptions) {
    this.title = title;
    const file = join(folder, `${title.replaceAll(' ', '-')}`);
    writeFileSync(`${file}.json`, JSON.stringify(tenants));
    this.#child = spawn(binary, ['soak-informers', mediaType, `${file}.json`], {
      env: { PATH: process.env.PATH, HOME: folder, FORBIDDEN: ID_STEM, KUBE_FEATURE_WatchListClient: String(watchList) },
    });
    this.#child.stderr.pipe(createWriteStream(`${file}.log`));
    this.#child.stdin.on('error', () => {});
    this.#ended = once(this.#child, 'close').then(([code]) => code ?? 1);
    createInterface({ input: this.#child.stdout }).on('line', (text) => this.#read(JSON.parse(text) as Line));
  }

  get observations(): readonly Observations[] {
    return [...this.#observations.values()];
  }

  /** Resolves when all caches are filled. */
  started(): Promise<void> {
    return this.#hear('started');
  }

  /** Compares each cache with a fresh list; resolves when that is done. */
  async verify(): Promise<void> {
    const done = this.#hear('done');
    this.#child.stdin.write('verify\n');
    await done;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(force);
  }

  async #hear(wanted: 'started' | 'done'): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#heard = (at) => {
        if (at === wanted) resolve();
      };
    });
    const code = await Promise.race([heard, this.#ended]);
    if (code !== undefined) throw new Error(`${this.title} ended with ${code} before ${wanted}`);
  }

  #read(line: Line): void {
    switch (line.at) {
      case 'list':
        this.#of(line).listings.push({ observer: this.#of(line).observer, revision: line.revision ?? 0, items: line.items ?? [] });
        break;
      case 'watch': {
        const of = this.#of(line);
        const session: Session = { observer: of.observer, from: line.from ?? 'state', entries: [] };
        of.sessions.push(session);
        this.#sessions.set(line.stream!, session);
        break;
      }
      case 'event':
        this.#readEvent(line);
        break;
      case 'cache':
        this.caches += 1;
        this.objects += line.objects ?? 0;
        if (line.problem) this.problems.push(`${line.tenant}, ${this.title}, ${line.resource}: ${line.problem}`);
        break;
      case 'forbidden':
        for (const text of line.seen ?? []) this.problems.push(`${line.tenant}, ${this.title}: a name of upstream's: ${text}`);
        break;
      default:
        this.#heard(line.at);
    }
  }

  #readEvent({ stream, type, revision = 0, initialEnd = false, object, code = 0 }: Line): void {
    const { entries } = this.#sessions.get(stream!)!;
    if (type === 'BOOKMARK') entries.push({ type, revision, initialEnd });
    else if (type === 'ERROR') this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
    else entries.push({ type: type!, ...object! });
  }

  #of({ tenant, resource }: Line): Observations {
    const observer: Observer = { tenantId: tenant!, client: this.title, resource: resource! };
    const key = `${tenant} ${resource}`;
    const found = this.#observations.get(key) ?? { observer, listings: [], sessions: [] };
    this.#observations.set(key, found);
    return found;
  }
}

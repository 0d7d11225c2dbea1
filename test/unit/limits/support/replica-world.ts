import { type Division, smallestShare } from '../../../../src/limits/divisions.ts';
import { Agreement, type Step } from '../../../../src/limits/replicas/agreement.ts';
import { NO_PART, type Published } from '../../../../src/limits/replicas/replica-record.ts';

interface Replica {
  readonly agreement: Agreement;
  readonly seen: Map<string, Published>;
  /** Events of the log that it has heard of. */
  heard: number;
  divisions: readonly Division[];
  toPublish: Step['toPublish'];
}

/** Replicas around a store whose events each hears of in order, and as late as the test likes. */
export class ReplicaWorld {
  readonly #log: { name: string; published: Published | undefined }[] = [];
  readonly #replicas = new Map<string, Replica>();
  #next = 0;

  get names(): string[] {
    return [...this.#replicas.keys()];
  }

  /** A newcomer begins with what is there. */
  join(): void {
    const name = `r${String(this.#next++).padStart(3, '0')}`;
    const seen = new Map<string, Published>();
    for (const event of this.#log) {
      if (event.published) seen.set(event.name, event.published);
      else seen.delete(event.name);
    }
    this.#replicas.set(name, { agreement: new Agreement(name), seen, heard: this.#log.length, divisions: [], toPublish: undefined });
    this.#log.push({ name, published: NO_PART });
  }

  /** It ends; the store says so later than it uses its part for the last time. */
  leave(name: string): void {
    this.#replicas.delete(name);
    this.#log.push({ name, published: undefined });
  }

  /** The replica hears of one event more. */
  hear(name: string): void {
    const replica = this.#replicas.get(name)!;
    const event = this.#log[replica.heard];
    if (!event) return;
    replica.heard += 1;
    if (event.published) replica.seen.set(event.name, event.published);
    else replica.seen.delete(event.name);
    this.#observe(replica);
  }

  /** A tenant of whose limit it has nothing was refused. */
  askTurn(name: string): void {
    const replica = this.#replicas.get(name)!;
    replica.agreement.askTurn();
    this.#observe(replica);
  }

  withdrawTurn(name: string): void {
    const replica = this.#replicas.get(name)!;
    replica.agreement.withdrawTurn();
    this.#observe(replica);
  }

  publish(name: string): void {
    const replica = this.#replicas.get(name)!;
    if (replica.toPublish) this.#log.push({ name, published: replica.toPublish.published });
    replica.toPublish = undefined;
  }

  settle(): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const [name, replica] of this.#replicas) {
        while (replica.heard < this.#log.length) this.hear(name);
        if (replica.toPublish) isQuiet = false;
        this.publish(name);
      }
      if ([...this.#replicas.values()].some(({ heard }) => heard < this.#log.length)) isQuiet = false;
    }
  }

  share(name: string, limit: number, rotation: number): number {
    return smallestShare(limit, this.#replicas.get(name)!.divisions, rotation);
  }

  /** What all may use together. */
  total(limit: number, rotation: number): number {
    return [...this.#replicas.values()].reduce((sum, { divisions }) => sum + smallestShare(limit, divisions, rotation), 0);
  }

  #observe(replica: Replica): void {
    const step = replica.agreement.observe(replica.seen);
    replica.divisions = step.divisions;
    replica.toPublish = step.toPublish;
  }
}

/**
 * How replicas come to agree on who they are, so that their shares of a limit are never more than the limit, at no moment and whatever
 * each has heard of the others. Pure.
 *
 * A replica publishes the members that it divides by. It uses no more than its share by what it has published, from before it does so.
 * It uses a new, larger share when all members have published the same. So whoever does, does so after nobody uses more than that
 * share; and before, all use no more than their shares by the members that were agreed on last.
 */
import type { Division } from '../divisions.ts';

/** What the members have published, by their names. */
export type Members = ReadonlyMap<string, readonly string[]>;

export interface Step {
  /** All that are in force: the smallest share counts. */
  readonly divisions: readonly Division[];
  /** What this replica has to publish, once it uses no more than its share by that; undefined: nothing new. */
  readonly toPublish: readonly string[] | undefined;
  readonly isAgreed: boolean;
}

export class Agreement {
  #name: string;
  #agreed: readonly string[] | undefined;
  /** Published since, or about to be; the last one is what the members are now. */
  #pending: (readonly string[])[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Another replica has the name: this one is a newcomer, who has no share. */
  startAnew(name: string): void {
    this.#name = name;
    this.#agreed = undefined;
    this.#pending = [];
  }

  /** The members as they are now. Without this replica among them nothing changes: it goes on with what it has. */
  observe(members: Members): Step {
    const own = members.get(this.#name);
    if (own === undefined) return { divisions: this.#divisions(), toPublish: undefined, isAgreed: false };
    const current = [...members.keys()].sort();
    if (!isSame(this.#pending.at(-1) ?? this.#agreed, current)) this.#pending.push(current);
    if ([...members.values()].every((published) => isSame(published, current))) {
      this.#agreed = current;
      this.#pending = [];
    }
    const toPublish = isSame(own, current) ? undefined : current;
    return { divisions: this.#divisions(), toPublish, isAgreed: this.#pending.length === 0 && this.#agreed !== undefined };
  }

  #divisions(): Division[] {
    if (!this.#agreed) return [];
    return [this.#agreed, ...this.#pending].map((names) => ({ count: names.length, index: names.indexOf(this.#name) }));
  }
}

function isSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && one.every((name, index) => name === other[index]);
}

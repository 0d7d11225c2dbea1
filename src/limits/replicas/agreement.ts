/**
 * How replicas come to agree on who they are, so that their shares of a limit are never more than the limit, at no moment and whatever
 * each has heard of the others. Pure.
 *
 * A replica publishes what it divides by. It uses no more than its share by what it has published, from before it does so. It uses a new,
 * larger share when all members have published the same. So whoever does, does so after nobody uses more than that share; and before,
 * all use no more than their shares by what was agreed on last.
 */
import type { Division } from '../divisions.ts';
import type { Parting, Published } from './replica-record.ts';

/** What the members have published, by their names. */
export type Members = ReadonlyMap<string, Published>;

export interface Step {
  /** All that are in force: the smallest share counts. */
  readonly divisions: readonly Division[];
  /** What this replica has to publish, once it uses no more than its share by that; undefined: nothing new. */
  readonly toPublish: { readonly published: Published; readonly division: Division; readonly isOnlyTurn: boolean } | undefined;
  readonly isAgreed: boolean;
}

export class Agreement {
  #name: string;
  #agreed: Parting | undefined;
  /** Published since, or about to be; the last one is what the members are now. */
  #pending: Parting[] = [];
  #wish = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Another replica has the name: this one is a newcomer, who has no share. */
  startAnew(name: string): void {
    this.#name = name;
    this.#agreed = undefined;
    this.#pending = [];
    this.#wish = 0;
  }

  /** The members shall move on by one place, when all agree; false while another change is under way. To be observed then. */
  askTurn(): boolean {
    if (!this.#agreed || this.#pending.length > 0) return false;
    this.#wish = this.#agreed.turn + 1;
    return true;
  }

  /** Not all could agree to the turn that was asked for: it shall be as before. To be observed then. */
  withdrawTurn(): void {
    if (this.#agreed) this.#wish = Math.min(this.#wish, this.#agreed.turn);
  }

  /** The members as they are now. Without this replica among them nothing changes: it goes on with what it has. */
  observe(members: Members): Step {
    const own = members.get(this.#name);
    if (own === undefined) return { divisions: this.#divisions(), toPublish: undefined, isAgreed: false };
    const wishes = [...members].map(([name, { wish }]) => (name === this.#name ? this.#wish : wish));
    const turn = Math.max(...wishes);
    const current: Parting = { members: [...members.keys()].sort(), turn };
    if (!isSame(this.#pending.at(-1) ?? this.#agreed, current)) this.#pending.push(current);
    if ([...members.values()].every((published) => isSame(published, current))) {
      this.#agreed = current;
      this.#pending = [];
    }
    return {
      divisions: this.#divisions(),
      toPublish:
        isSame(own, current) && own.wish === this.#wish
          ? undefined
          : { published: { ...current, wish: this.#wish }, division: this.#divisionBy(current), isOnlyTurn: hasSameMembers(own, current) },
      isAgreed: this.#pending.length === 0 && this.#agreed !== undefined,
    };
  }

  #divisions(): Division[] {
    return this.#agreed ? [this.#agreed, ...this.#pending].map((parting) => this.#divisionBy(parting)) : [];
  }

  #divisionBy({ members, turn }: Parting): Division {
    return { count: members.length, index: (members.indexOf(this.#name) + turn) % members.length };
  }
}

function isSame(one: Parting | undefined, other: Parting): boolean {
  return one?.turn === other.turn && hasSameMembers(one, other);
}

function hasSameMembers(one: Parting, other: Parting): boolean {
  return one.members.length === other.members.length && one.members.every((name, index) => name === other.members[index]);
}

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

export interface ToPublish {
  readonly published: Published;
  readonly division: Division;
  /** The members stay the same. */
  readonly isOnlyTurn: boolean;
  /** It gives this replica what was agreed on last, as when a turn is taken back: there is nothing to make room for. */
  readonly isAsAgreed: boolean;
}

export interface Step {
  /** All that are in force: the smallest share counts. */
  readonly divisions: readonly Division[];
  /** What this replica has to publish, once it uses no more than its share by that; undefined: nothing new. */
  readonly toPublish: ToPublish | undefined;
  readonly isAgreed: boolean;
}

/** More than there are replicas. */
const PLACES = 2 ** 20;

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
    const { number, places } = readTurn(this.#agreed.turn);
    this.#wish = turnOf(number + 1, places + 1);
    return true;
  }

  /** Not all could agree to the turn that was asked for: it shall be as before. To be observed then. */
  withdrawTurn(): void {
    if (this.#agreed && this.#wish > this.#agreed.turn)
      this.#wish = turnOf(readTurn(this.#wish).number + 1, readTurn(this.#agreed.turn).places);
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
          : {
              published: { ...current, wish: this.#wish },
              division: this.#divisionBy(current),
              isOnlyTurn: hasSameMembers(own, current),
              isAsAgreed: this.#agreed !== undefined && isSameDivision(this.#divisionBy(this.#agreed), this.#divisionBy(current)),
            },
      isAgreed: this.#pending.length === 0 && this.#agreed !== undefined,
    };
  }

  #divisions(): Division[] {
    return this.#agreed ? [this.#agreed, ...this.#pending].map((parting) => this.#divisionBy(parting)) : [];
  }

  #divisionBy({ members, turn }: Parting): Division {
    return { count: members.length, index: (members.indexOf(this.#name) + readTurn(turn).places) % members.length };
  }
}

/**
 * A turn is one number: the higher is the later. Where it takes the members back to where they were, it is another turn all the same: what was published
 * for the same places before says nothing about now.
 */
function turnOf(number: number, places: number): number {
  return number * PLACES + (places % PLACES);
}

function readTurn(turn: number): { number: number; places: number } {
  return { number: Math.floor(turn / PLACES), places: turn % PLACES };
}

function isSame(one: Parting | undefined, other: Parting): boolean {
  return one?.turn === other.turn && hasSameMembers(one, other);
}

function isSameDivision(one: Division, other: Division): boolean {
  return one.count === other.count && one.index === other.index;
}

function hasSameMembers(one: Parting, other: Parting): boolean {
  return one.members.length === other.members.length && one.members.every((name, index) => name === other.members[index]);
}

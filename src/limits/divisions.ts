/** How a limit is divided among the gateway's replicas. */
import { Head, MAX_DIVISIONS, type SharedLayout } from './shared-layout.ts';

/** This replica is number `index`, from 0, of `count`. */
export interface Division {
  readonly count: number;
  readonly index: number;
}

export const ALONE: Division = { count: 1, index: 0 };

/**
 * This replica's part of a limit: the limit's `count`th part, and one of what is left over for the first ones. Who is first is another
 * replica for each tenant, so that small limits do not all fall to the same one.
 *
 * @param rotation any number that is the tenant's, and the same for all replicas
 */
export function shareOf(limit: number, { count, index }: Division, rotation: number): number {
  const rank = (index + rotation) % count;
  return Math.floor(limit / count) + (rank < limit % count ? 1 : 0);
}

/** The smallest of the shares; while replicas agree on a new division, the old one is in force as well. None: nothing. */
export function smallestShare(limit: number, divisions: readonly Division[], rotation: number): number {
  if (divisions.length === 0) return 0;
  return Math.min(...divisions.map((division) => shareOf(limit, division, rotation)));
}

/** The divisions in force, in shared memory: written by the owner, read by all threads. */
export function readDivisions({ words }: SharedLayout): Division[] {
  const length = Atomics.load(words, Head.divisionCount);
  return Array.from({ length }, (_, place) => {
    const packed = Atomics.load(words, Head.divisions + place);
    return { count: packed >>> 16, index: packed & 0xffff };
  });
}

/** No reader sees fewer than the old or the new ones in between, so none sees a larger share than one of the two gives. */
export function writeDivisions({ words }: SharedLayout, divisions: readonly Division[]): void {
  // More than there is room for are as good as none: nothing is admitted until the replicas agree.
  const fitting = divisions.length > MAX_DIVISIONS ? [] : divisions;
  for (const [place, { count, index }] of fitting.entries()) Atomics.store(words, Head.divisions + place, (count << 16) | index);
  Atomics.store(words, Head.divisionCount, fitting.length);
}

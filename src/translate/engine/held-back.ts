import { CaptureLimitError } from './json-errors.ts';

interface Unit {
  /** Of the array or object that it stands in. */
  readonly depth: number;
  readonly unownedIsForeign: boolean;
  /** Where it begins in the output; no longer of use once it is owned. */
  mark: number;
  /** Where it begins in the stream, in bytes of input. */
  readonly start: number;
  isOwned: boolean;
}

/**
 * Output that may yet be taken back: a member or element about which is not decided, and units whose owner is not known.
 * Sizes are counted in bytes of input, and checked at a decision as at a chunk's end, so that any chunking fails alike.
 */
export class HeldBack {
  /** Where the undecided member or element begins in the output; -1 if there is none. Units that are open lie outside of it. */
  itemMark = -1;
  #itemStart = 0;
  readonly #units: Unit[] = [];
  /** Depth of the innermost unit; -1 if none is open. */
  unitDepth = -1;
  readonly #maxItem: number;
  readonly #maxUnit: number;

  constructor(maxItem: number, maxUnit: number) {
    this.#maxItem = maxItem;
    this.#maxUnit = maxUnit;
  }

  beginItem(mark: number, start: number): void {
    this.itemMark = mark;
    this.#itemStart = start;
  }

  /** It is decided now, at `offset` of the stream. Returns its mark. */
  takeItem(offset: number): number {
    const mark = this.itemMark;
    this.#checkItem(offset);
    this.itemMark = -1;
    return mark;
  }

  /** The undecided member or element is a unit: it depends on the owner from now on. */
  openUnit(depth: number, offset: number, unownedIsForeign: boolean): void {
    const start = this.#itemStart;
    this.#units.push({ depth, unownedIsForeign, mark: this.takeItem(offset), start, isOwned: false });
    this.unitDepth = depth;
  }

  /** The innermost unit, if its owner is not known. */
  get undecidedUnit(): Unit | undefined {
    const unit = this.#units[this.#units.length - 1];
    return unit === undefined || unit.isOwned ? undefined : unit;
  }

  setOwned(unit: Unit, offset: number): void {
    this.#checkUnit(unit, offset);
    unit.isOwned = true;
  }

  /** Closes the innermost unit. Returns its mark. */
  closeUnit(offset: number): number {
    const unit = this.#units.pop() as Unit;
    if (!unit.isOwned) this.#checkUnit(unit, offset);
    this.unitDepth = this.#units[this.#units.length - 1]?.depth ?? -1;
    return unit.mark;
  }

  /** A chunk ends at `offset`. Returns the mark behind which nothing may leave, or -1. */
  endChunk(offset: number): number {
    if (this.itemMark >= 0) this.#checkItem(offset);
    for (const unit of this.#units) {
      if (unit.isOwned) continue;
      this.#checkUnit(unit, offset);
      return unit.mark;
    }
    return this.itemMark;
  }

  /** The first `count` bytes of the output have left. */
  shift(count: number): void {
    for (const unit of this.#units) unit.mark -= count;
    if (this.itemMark >= 0) this.itemMark -= count;
  }

  #checkItem(offset: number): void {
    if (offset - this.#itemStart > this.#maxItem) throw new CaptureLimitError('a member or element that may be left out', this.#maxItem);
  }

  #checkUnit(unit: Unit, offset: number): void {
    if (offset - unit.start > this.#maxUnit) throw new CaptureLimitError('an object before its namespace', this.#maxUnit);
  }
}

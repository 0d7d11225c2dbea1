/**
 * A plan says what to do at which place of a JSON document. It mirrors the document's shape, is compiled once for
 * a kind and a direction, and is shared by all tenants: whatever differs from tenant to tenant is in `PlanContext`.
 */

/** What differs from exchange to exchange. Hooks read it; the engine itself uses `prefix` and `foreign` only. */
export interface PlanContext {
  readonly tenantId: string;
  /** `<id>-`, ASCII. */
  readonly prefix: string;
  /**
   * What happens to a unit (see `Plan.unit`) that is not the tenant's: `drop` leaves it out (a list of the whole
   * cluster is being filtered), `cut` ends the stream with an error (nothing foreign was to be expected).
   */
  readonly foreign: 'drop' | 'cut';
}

/**
 * What happens to a string:
 * - `add`: the prefix is put in front, unless the string is empty.
 * - `strip`: the prefix is taken off where it stands with something behind it; any other string stays as it is.
 * - `own`: as `strip`, and says whose the innermost unit around it is: the tenant's where the prefix was taken off, else
 *   foreign; an empty string says nothing. A foreign name outside of any unit, or in a unit that has been found to be the
 *   tenant's (a second namespace), is a ForeignObjectError whatever `PlanContext.foreign` says: its bytes may have left.
 * - a function: gets the decoded string, returns what to put in its place (the same string: bytes stay untouched).
 * - `OwnRule`: as `own`, for strings in which the prefix does not stand at the beginning.
 */
export type StringRule = 'add' | 'strip' | 'own' | OwnRule | ((text: string, context: PlanContext) => string);

/** Gets the decoded string, which is not empty; returns what to put in its place where it is the tenant's, undefined where it is foreign. */
export interface OwnRule {
  readonly own: (text: string, context: PlanContext) => string | undefined;
}

/** Gets a decoded key; returns it (unchanged or renamed), or null to leave the whole member out. */
export type KeyRule = (key: string, context: PlanContext) => string | null;

/**
 * A whole value is held back (up to the rewriter's capture limit) and handed over as its JSON text.
 * Returns the JSON text to put in its place, or null to leave the member or element out.
 * The text may hold numbers beyond 2^53: hooks that parse it must keep them. Nothing in it is a unit's verdict.
 */
export interface Capture {
  run(json: string, context: PlanContext): string | null;
  /**
   * Skip the hook (bytes stay untouched) when the text holds neither the prefix, nor a backslash, nor (`identity`)
   * `kubezoo:<id>:`.
   */
  readonly unlessHolding?: 'prefix' | 'identity';
}

/** What to do at one place. Where several apply, `drop` wins over `capture`, and `capture` over all that would look inside. */
export interface Plan {
  /** Members of the object that stands here, by exact decoded key. */
  readonly fields?: Readonly<Record<string, Plan>>;
  /** Members that `fields` does not name. */
  readonly others?: Plan;
  /** Elements of the array that stands here. */
  readonly items?: Plan;
  /** For a string that stands here; other scalars (null …) stay as they are. */
  readonly string?: StringRule;
  /** For each key of the object that stands here. Looked up in `fields` happens by the key as it came in. */
  readonly key?: KeyRule;
  /** The member or element is left out, value and all, with its comma. */
  readonly drop?: true;
  readonly capture?: Capture;
  /**
   * The value here (an array's element, or a whole document) belongs to one tenant or another. Its output is held
   * back until an `own` rule inside has spoken. `unowned` is for a unit in which none did: `keep`, or `foreign`.
   *
   * Units may stand in units, and a verdict is about the innermost one alone. So the document of a watch event can be a unit
   * (`unowned: 'keep'`), and where its object turns out to be a Table, the rows: each row stays or goes by itself, and the event is
   * held back to its end, which no verdict reached. Of a document that is left out, the line feed behind it goes too.
   */
  readonly unit?: { readonly unowned: 'keep' | 'foreign' };
  /**
   * If the FIRST member of the object here is `"kind"` with one of these values, that plan stands in this one's place, from the
   * object's first byte on: with its `unit`, `drop`, `capture` and `key`, but without its own `byKind`.
   */
  readonly byKind?: Readonly<Record<string, Plan>>;
}

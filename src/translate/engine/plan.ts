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
 * - `strip`: the prefix is taken off where it stands; any other string stays as it is.
 * - `own`: as `strip`, but a non-empty string without the prefix makes the enclosing unit foreign; an empty one changes nothing.
 * - a function: gets the decoded string, returns what to put in its place (the same string: bytes stay untouched).
 */
export type StringRule = 'add' | 'strip' | 'own' | ((text: string, context: PlanContext) => string);

/** Gets a decoded key; returns it (unchanged or renamed), or null to leave the whole member out. */
export type KeyRule = (key: string, context: PlanContext) => string | null;

/**
 * A whole value is held back (up to the rewriter's capture limit) and handed over as its JSON text.
 * Returns the JSON text to put in its place, or null to leave the member or element out.
 * The text may hold numbers beyond 2^53: hooks that parse it must keep them.
 */
export interface Capture {
  run(json: string, context: PlanContext): string | null;
  /** Skip the hook (bytes stay untouched) when the text holds neither the prefix, nor this text, nor a backslash. */
  readonly unlessHolding?: 'prefix' | 'identity';
}

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
   */
  readonly unit?: { readonly unowned: 'keep' | 'foreign' };
  /** If the FIRST member of the object here is `"kind"` with one of these values, that plan stands in this one's place. */
  readonly byKind?: Readonly<Record<string, Plan>>;
}

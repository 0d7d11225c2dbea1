/** How large a tenant's lists were last time, and what reading them costs upstream: so that the next one is asked for well. */
const MAX_ENTRIES = 20_000;
/** For a kind that the tenant has not listed yet. */
const FIRST_PAGE = 100;
/** More than last time, so that a few new objects cost no second request. */
const MARGIN = 10;
/**
 * A list that begins within a kind's objects makes the apiserver walk over all that lie behind (measured: 0.15 to 0.25 µs each), one of
 * a namespace costs a request (0.5 to 0.8 ms, several at once): as many objects weigh as much as a request.
 */
const OBJECTS_PER_REQUEST = 2_500;
const AGEING = 0.98;

export class ListMemory {
  readonly #counts = new Map<string, number>();
  readonly #behind = new Map<string, number>();
  readonly #hasRange = new Map<string, boolean>();

  /** How many objects to ask for first. @param collection `nameOfCollection` */
  firstPage(tenantId: string, collection: string): number {
    const known = this.#counts.get(`${tenantId}/${collection}`);
    return known === undefined ? FIRST_PAGE : known + MARGIN;
  }

  /** @param count of a whole list */
  noteCount(tenantId: string, collection: string, count: number): void {
    const key = `${tenantId}/${collection}`;
    // What was used last goes last.
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_ENTRIES) this.#counts.delete(this.#counts.keys().next().value as string);
  }

  /** @param remaining objects that upstream counted behind a page in which the tenant's end */
  noteBehind(tenantId: string, collection: string, remaining: number): void {
    const key = `${tenantId}/${collection}`;
    this.#behind.delete(key);
    this.#behind.set(key, remaining);
    if (this.#behind.size > MAX_ENTRIES) this.#behind.delete(this.#behind.keys().next().value as string);
  }

  /** It was not looked again, and may be less by now: after some dozens of lists it is. */
  ageBehind(tenantId: string, collection: string): void {
    const key = `${tenantId}/${collection}`;
    const remaining = this.#behind.get(key);
    if (remaining !== undefined) this.#behind.set(key, remaining * AGEING);
  }

  /** Whether that many lists of one namespace each are cheaper than one that begins where the tenant's objects do. */
  isRangeDearer(tenantId: string, collection: string, namespaces: number): boolean {
    return (this.#behind.get(`${tenantId}/${collection}`) ?? 0) > namespaces * OBJECTS_PER_REQUEST;
  }

  /** @param hasRange whether the kind's server begins a list where it is asked to */
  noteProbed(collection: string, hasRange: boolean): void {
    this.#hasRange.set(collection, hasRange);
    if (this.#hasRange.size > MAX_ENTRIES) this.#hasRange.delete(this.#hasRange.keys().next().value as string);
  }

  isProbed(collection: string): boolean {
    return this.#hasRange.has(collection);
  }

  hasRange(collection: string): boolean {
    return this.#hasRange.get(collection) !== false;
  }
}

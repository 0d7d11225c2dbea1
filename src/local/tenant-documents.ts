interface Entry {
  readonly value: unknown;
  readonly madeOf: string;
  readonly size: number;
}

/** What an entry costs beside the bytes that it says. */
const OVERHEAD_BYTES = 512;

/**
 * What was made for one tenant, or for all who see the same, of what upstream gives to everybody. Kept while what it was made
 * of is the same, and within `maxBytes`: the least recently read goes first.
 */
export class TenantDocuments {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = 64 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param key    which document, and whose
   * @param madeOf names everything that the value depends on
   * @param size   the bytes that only this value holds on to
   */
  read<T>(key: string, madeOf: string, build: () => T, size: (value: T) => number): T {
    const found = this.#entries.get(key);
    if (found) this.#drop(key, found);
    const entry = found?.madeOf === madeOf ? found : newEntry(build(), madeOf, size);
    // Re-insertion keeps the map in order of last use.
    this.#entries.set(key, entry);
    this.#bytes += entry.size;
    for (const [oldKey, old] of this.#entries) {
      if (this.#bytes <= this.#maxBytes || oldKey === key) break;
      this.#drop(oldKey, old);
    }
    return entry.value as T;
  }

  /** Bytes held at the moment. */
  get bytes(): number {
    return this.#bytes;
  }

  #drop(key: string, { size }: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= size;
  }
}

function newEntry<T>(value: T, madeOf: string, size: (value: T) => number): Entry {
  return { value, madeOf, size: size(value) + OVERHEAD_BYTES };
}

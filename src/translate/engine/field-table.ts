import type { PlanNode } from './compile-plan.ts';

/** Finds a key's plan by the bytes of the key, without making a string of it. Open addressing, at most a quarter full. */
export class FieldTable {
  readonly #byName: ReadonlyMap<string, PlanNode>;
  readonly #mask: number;
  readonly #keys: (Buffer | null)[];
  readonly #nodes: (PlanNode | null)[];

  constructor(byName: ReadonlyMap<string, PlanNode>) {
    let size = 8;
    while (size < byName.size * 4) size *= 2;
    this.#byName = byName;
    this.#mask = size - 1;
    this.#keys = new Array(size).fill(null);
    this.#nodes = new Array(size).fill(null);
    for (const [name, node] of byName) {
      const key = Buffer.from(name);
      let slot = hashKey(key, 0, key.length) & this.#mask;
      while (this.#keys[slot] !== null) slot = (slot + 1) & this.#mask;
      this.#keys[slot] = key;
      this.#nodes[slot] = node;
    }
  }

  /** By the key's bytes between the quotes; null where no field has that name. For keys without escapes. */
  find(bytes: Uint8Array, from: number, to: number): PlanNode | null {
    const length = to - from;
    let slot = hashKey(bytes, from, length) & this.#mask;
    for (;;) {
      const key = this.#keys[slot] as Buffer | null;
      if (key === null) return null;
      if (key.length === length && sameBytes(key, bytes, from)) return this.#nodes[slot] as PlanNode;
      slot = (slot + 1) & this.#mask;
    }
  }

  findByName(name: string): PlanNode | null {
    return this.#byName.get(name) ?? null;
  }
}

/** Length and three letters tell Kubernetes' keys apart well enough. */
export function hashKey(bytes: Uint8Array, from: number, length: number): number {
  if (length === 0) return 0;
  const first = bytes[from] as number;
  const middle = bytes[from + (length >> 1)] as number;
  const last = bytes[from + length - 1] as number;
  return length + first * 7 + middle * 31 + last * 3;
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < key.length; index++) if (key[index] !== bytes[from + index]) return false;
  return true;
}

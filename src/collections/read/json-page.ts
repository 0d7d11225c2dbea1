import { MAX_ITEM_BYTES, type PageHead, type PageReader } from './page.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The members of a list, and of a Table, that hold its items. */
const ITEMS: ReadonlySet<string> = new Set(['"items"', '"rows"']);
/** Depth of what stands in a list's `items`. */
const IN_ITEMS = 2;
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

interface Frame {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly columnDefinitions?: unknown;
}

/** A list in JSON. What is no item is small, is kept, and is parsed when the list is whole. */
export class JsonPage implements PageReader {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  #done = false;
  /** The last string at the depth of the list's own members: the key, when its value begins. */
  #key: Buffer[] = [];
  #frame: Buffer[] = [];
  /** How many parts of the frame stand in front of the items. */
  #front = 0;
  #frameBytes = 0;
  /** The beginning of an item that is not whole. */
  #item: Buffer[] = [];
  #itemBytes = 0;

  write(chunk: Buffer): Buffer[] {
    const items: Buffer[] = [];
    // Where the part begins that has not been put anywhere: of an item, or of the frame.
    let from = 0;
    let pos = 0;
    while (pos < chunk.length) {
      if (this.#inString) {
        pos = this.#passString(chunk, pos);
        continue;
      }
      const byte = chunk[pos] as number;
      if (byte === QUOTE) {
        this.#inString = true;
        if (this.#depth === 1) this.#key = [chunk.subarray(pos, pos + 1)];
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (this.#inItems && this.#depth === IN_ITEMS) {
          // What stood between two items was a comma.
          from = pos;
        }
        this.#depth++;
        if (this.#depth === IN_ITEMS && byte === OPEN_ARRAY && ITEMS.has(Buffer.concat(this.#key).toString('latin1'))) {
          this.#inItems = true;
          this.#toFrame(chunk.subarray(from, pos + 1));
          this.#front = this.#frame.length;
          from = pos + 1;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#inItems && this.#depth === IN_ITEMS) {
          this.#toItem(chunk.subarray(from, pos + 1));
          items.push(this.#item.length === 1 ? (this.#item[0] as Buffer) : Buffer.concat(this.#item));
          this.#item = [];
          this.#itemBytes = 0;
          from = pos + 1;
        } else if (this.#inItems && this.#depth < IN_ITEMS) {
          this.#inItems = false;
          from = pos;
        } else if (this.#depth === 0) this.#done = true;
      }
      pos++;
    }
    if (!this.#inItems) this.#toFrame(chunk.subarray(from));
    else if (this.#depth > IN_ITEMS) this.#toItem(chunk.subarray(from));
    return items;
  }

  early(): PageHead | undefined {
    return this.#front > 0 ? headOf(`${this.#frameText(this.#front)}]}`) : undefined;
  }

  end(): PageHead {
    if (!this.#done) throw new Error('a list that is not whole');
    return headOf(this.#frameText());
  }

  #frameText(parts = this.#frame.length): string {
    return Buffer.concat(this.#frame.slice(0, parts)).toString('utf8');
  }

  /** Goes to behind the string, or to the chunk's end. */
  #passString(chunk: Buffer, from: number): number {
    let pos = from;
    if (this.#escaped) {
      this.#escaped = false;
      pos++;
    }
    for (; pos < chunk.length; pos++) {
      const byte = chunk[pos];
      if (byte === QUOTE) {
        this.#inString = false;
        pos++;
        break;
      }
      if (byte === BACKSLASH && ++pos === chunk.length) this.#escaped = true;
    }
    if (this.#depth === 1) this.#key.push(chunk.subarray(from, pos));
    return Math.min(pos, chunk.length);
  }

  #toFrame(part: Buffer): void {
    if (part.length === 0) return;
    this.#frameBytes += part.length;
    if (this.#frameBytes > MAX_FRAME_BYTES) throw new Error('a list with too much besides its items');
    this.#frame.push(part);
  }

  #toItem(part: Buffer): void {
    this.#itemBytes += part.length;
    if (this.#itemBytes > MAX_ITEM_BYTES) throw new Error('a list with an item that is too large');
    this.#item.push(part);
  }
}

function headOf(text: string): PageHead {
  const { apiVersion = '', kind = '', metadata = {}, columnDefinitions } = JSON.parse(text) as Frame;
  return {
    apiVersion,
    kind,
    resourceVersion: metadata.resourceVersion ?? '',
    continueToken: metadata.continue ?? '',
    remaining: metadata.remainingItemCount,
    columns: columnDefinitions === undefined ? undefined : JSON.stringify(columnDefinitions),
  };
}

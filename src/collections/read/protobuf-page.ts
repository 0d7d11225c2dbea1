import { checkTail, MAX_HEADER_BYTES, readHeader } from '../../translate/protobuf/envelope.ts';
import { Intake } from '../../translate/protobuf/intake.ts';
import { BYTES, hasWholeHead, WireCursor } from '../../translate/protobuf/wire-cursor.ts';
import { bytesFields } from './object-meta.ts';
import { MAX_ITEM_BYTES, type PageHead, type PageReader } from './page.ts';

/** Every list of Kubernetes': 1 metadata, 2 items. metav1.ListMeta: 2 resourceVersion, 3 continue, 4 remainingItemCount. */
const METADATA = 1;
export const ITEMS = 2;
const RESOURCE_VERSION = 2;
const CONTINUE = 3;
const REMAINING = 4;
/** Tag and length of a field. */
const MAX_HEAD_BYTES = 20;

/** A list in protobuf, in its envelope. */
export class ProtobufPage implements PageReader {
  readonly #intake = new Intake(MAX_ITEM_BYTES);
  #head: { apiVersion: string; kind: string } | undefined;
  /** Bytes of the list that are still to come. */
  #left = 0;
  #meta = { resourceVersion: '', continueToken: '', remaining: undefined as number | undefined };

  write(chunk: Buffer): Buffer[] {
    const bytes = this.#intake.take(chunk);
    if (!bytes) return [];
    if (this.#head) return this.#readFields(bytes);
    const header = readHeader(bytes, 0, bytes.length);
    if (!header) {
      this.#intake.keep(bytes, bytes.length + 1);
      return [];
    }
    this.#head = { apiVersion: header.apiVersion, kind: header.kind };
    this.#left = header.rawLength;
    return this.#readFields(bytes.subarray(header.rawStart));
  }

  early(): PageHead | undefined {
    return this.#head && { ...this.#head, ...this.#meta, columns: undefined };
  }

  end(): PageHead {
    const rest = this.#intake.takeAll();
    if (!this.#head || this.#left > 0) throw new Error('a list that is not whole');
    checkTail(rest, 0, rest.length);
    return { ...this.#head, ...this.#meta, columns: undefined };
  }

  #readFields(bytes: Buffer): Buffer[] {
    const items: Buffer[] = [];
    const cursor = new WireCursor(bytes);
    let pos = 0;
    while (this.#left > 0) {
      const limit = Math.min(bytes.length, pos + this.#left);
      if (limit - pos < MAX_HEAD_BYTES && limit - pos < this.#left && !hasWholeHead(bytes, pos, limit)) {
        this.#intake.keep(bytes.subarray(pos), bytes.length - pos + 1);
        return items;
      }
      cursor.pos = pos;
      const tag = cursor.tag(limit);
      let end: number;
      if ((tag & 7) === BYTES) {
        const length = cursor.uint32(limit);
        end = cursor.pos + length;
        this.#intake.checkSize(length);
        if (end > limit) {
          this.#intake.keep(bytes.subarray(pos), end - pos);
          return items;
        }
      } else {
        cursor.skip(tag, limit);
        end = cursor.pos;
      }
      const number = tag >>> 3;
      if (number === ITEMS) items.push(bytes.subarray(pos, end));
      else if (number === METADATA) this.#readMetadata(bytes, cursor.pos, end);
      this.#left -= end - pos;
      pos = end;
    }
    if (bytes.length - pos > MAX_HEADER_BYTES) throw new Error('an envelope with more than an object');
    this.#intake.keep(bytes.subarray(pos), bytes.length - pos + 1);
    return items;
  }

  #readMetadata(bytes: Buffer, from: number, to: number): void {
    for (const { number, start, end } of bytesFields(bytes, from, to)) {
      if (number === RESOURCE_VERSION) this.#meta.resourceVersion = bytes.toString('utf8', start, end);
      else if (number === CONTINUE) this.#meta.continueToken = bytes.toString('utf8', start, end);
    }
    const cursor = new WireCursor(bytes, from);
    while (cursor.pos < to) {
      const tag = cursor.tag(to);
      if (tag === REMAINING * 8) this.#meta.remaining = Number(cursor.int64(to));
      else cursor.skip(tag, to);
    }
  }
}

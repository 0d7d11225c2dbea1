import { CaptureLimitError, ForeignObjectError } from '../engine/json-errors.ts';
import type { Plan, PlanContext } from '../engine/plan.ts';
import type { MessageNode } from './compile-message-plan.ts';
import { documentNode } from './document-node.ts';
import { checkTail, type EnvelopeHeader, MAX_HEADER_BYTES, readHeader } from './envelope.ts';
import { Intake } from './intake.ts';
import { FOREIGN, MessageWalker } from './message-walker.ts';
import { paddingOf } from './padding.ts';
import { BYTES, hasWholeHead, MalformedMessageError, WireCursor } from './wire-cursor.ts';
import { varint } from './wire-writer.ts';

export interface ObjectStreamLimits {
  readonly maxObject: number;
  readonly maxHeld: number;
  readonly exactUpTo: number;
}

/** By how much a list that leaves with a length told beforehand may grow, in bytes. */
const ROOM = 4096;
/** Tag and length of a field. */
const MAX_HEAD_BYTES = 20;
const EMPTY = Buffer.alloc(0);

/** A list that is passing through. */
interface OpenList {
  readonly node: MessageNode;
  /** What stands in front of its length. */
  readonly header: Buffer;
  readonly length: number;
  /** The length that was told, or undefined: then the list is held. */
  readonly told: number | undefined;
}

/** One object in its envelope: held where it is a single one, object by object where it is a list. */
export class ObjectStream {
  readonly #plan: Plan;
  readonly #context: PlanContext;
  readonly #limits: ObjectStreamLimits;
  readonly #walker: MessageWalker;
  readonly #intake: Intake;
  #step: 'header' | 'list' | 'whole' | 'tail' = 'header';
  #list: OpenList | undefined;
  /** Bytes of the list that have been dealt with, and by how much they have grown. */
  #done = 0;
  #grown = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(plan: Plan, context: PlanContext, limits: ObjectStreamLimits) {
    this.#plan = plan;
    this.#context = context;
    this.#limits = limits;
    this.#walker = new MessageWalker(context);
    this.#intake = new Intake(limits.maxObject);
  }

  write(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const bytes = this.#intake.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (!bytes) return EMPTY;
    if (this.#step === 'header') return this.#readHeader(bytes);
    if (this.#step === 'list') return this.#passList(bytes);
    // What is read at the end is held until then.
    this.#intake.keep(bytes, bytes.length + 1);
    if (this.#step === 'tail' && bytes.length > MAX_HEADER_BYTES) throw new MalformedMessageError('an envelope with more than an object');
    return EMPTY;
  }

  end(): Uint8Array {
    const rest = this.#intake.takeAll();
    if (this.#step === 'whole') return this.#wholeDocument(rest);
    if (this.#step !== 'tail') throw new MalformedMessageError(rest.length === 0 ? 'empty data' : 'unexpected EOF');
    checkTail(rest, 0, rest.length);
    const { header, length, told } = this.#list as OpenList;
    if (told !== undefined) return rest;
    return Buffer.concat([header, varint(length + this.#grown), ...this.#held, rest]);
  }

  #readHeader(bytes: Buffer): Uint8Array {
    const header = readHeader(bytes, 0, bytes.length);
    if (!header) {
      this.#intake.keep(bytes, bytes.length + 1);
      return EMPTY;
    }
    const node = this.#streamedNode(header);
    if (!node) {
      this.#intake.checkSize(header.rawLength);
      this.#step = 'whole';
      this.#intake.keep(bytes, Math.max(bytes.length + 1, header.rawStart + header.rawLength));
      return EMPTY;
    }
    const isHeld = this.#context.foreign === 'drop' || header.rawLength <= this.#limits.exactUpTo;
    const told = isHeld ? undefined : header.rawLength + ROOM;
    this.#list = { node, header: Buffer.from(bytes.subarray(0, header.lengthAt)), length: header.rawLength, told };
    this.#step = 'list';
    const items = this.#passList(bytes.subarray(header.rawStart));
    return told === undefined ? EMPTY : Buffer.concat([this.#list.header, varint(told), items]);
  }

  /** What to do with a list whose objects can be looked at one by one. */
  #streamedNode(header: EnvelopeHeader): MessageNode | undefined {
    const { value, isUnit, kind, apiVersion } = documentNode(this.#plan, header.apiVersion, header.kind);
    const isStreamed = header.kind.endsWith('List') && value?.message?.isStreamable && !isUnit && !kind && !apiVersion;
    return isStreamed ? (value.message as MessageNode) : undefined;
  }

  #passList(bytes: Buffer): Buffer {
    const list = this.#list as OpenList;
    const left = list.length - this.#done;
    const { pos, needed, largest } = wholeFields(bytes, Math.min(bytes.length, left), left);
    this.#intake.checkSize(largest);
    this.#walker.source = bytes;
    const delta = this.#walker.message(list.node, 0, pos);
    if (delta === FOREIGN) throw new ForeignObjectError();
    const output = this.#walker.edits.apply(bytes, 0, pos, delta);
    this.#done += pos;
    this.#grown += delta;
    if (this.#done < list.length) {
      this.#intake.keep(bytes.subarray(pos), needed);
      return this.#leave(list, output);
    }
    this.#step = 'tail';
    this.#intake.keep(bytes.subarray(pos), bytes.length - pos + 1);
    if (list.told === undefined) return this.#leave(list, output);
    return Buffer.concat([output, paddingOf(list.told - list.length - this.#grown)]);
  }

  #leave(list: OpenList, output: Buffer): Buffer {
    if (list.told !== undefined) return output;
    this.#heldBytes += output.length;
    if (this.#heldBytes > this.#limits.maxHeld) throw new CaptureLimitError('a list', this.#limits.maxHeld);
    if (output.length > 0) this.#held.push(output);
    return EMPTY;
  }

  #wholeDocument(bytes: Buffer): Buffer {
    this.#walker.source = bytes;
    const delta = this.#walker.document(this.#plan, 0, 0, bytes.length);
    if (delta === FOREIGN) throw new ForeignObjectError();
    return this.#walker.edits.apply(bytes, 0, bytes.length, delta);
  }
}

interface WholeFields {
  /** Where the last of them ends. */
  readonly pos: number;
  /** How many bytes from there on make the next one whole. */
  readonly needed: number;
  readonly largest: number;
}

/** The fields in `[0, limit)` that are whole, of a list of which `left` bytes have not been seen. */
function wholeFields(bytes: Buffer, limit: number, left: number): WholeFields {
  const cursor = new WireCursor(bytes);
  let largest = 0;
  let pos = 0;
  while (pos < limit) {
    // Within so many bytes a field's head is whole; a list that ends sooner has no more of it to come.
    if (limit - pos < MAX_HEAD_BYTES && limit < left && !hasWholeHead(bytes, pos, limit)) return { pos, needed: limit - pos + 1, largest };
    cursor.pos = pos;
    const tag = cursor.tag(limit);
    if ((tag & 7) === BYTES) {
      const length = cursor.uint32(limit);
      cursor.pos += length;
      if (cursor.pos > left) throw new MalformedMessageError('unexpected EOF');
      largest = Math.max(largest, cursor.pos - pos);
      if (cursor.pos > limit) return { pos, needed: cursor.pos - pos, largest };
    } else cursor.skip(tag, limit);
    pos = cursor.pos;
  }
  return { pos, needed: 1, largest };
}

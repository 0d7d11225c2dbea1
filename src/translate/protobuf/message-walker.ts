import { CaptureCheck } from '../engine/capture-check.ts';
import { type CompiledPlan, compilePlan } from '../engine/compile-plan.ts';
import { ForeignObjectError } from '../engine/json-errors.ts';
import { rewriteJson } from '../engine/json-rewriter.ts';
import type { Capture, OwnRule, Plan, PlanContext, StringRule } from '../engine/plan.ts';
import { parseLossless, printLossless } from '../lossless-json.ts';
import * as nodes from './compile-message-plan.ts';
import { decodeOccurrences, MAX_DEPTH } from './decode-message.ts';
import { type DocumentNode, documentNode } from './document-node.ts';
import { EditList } from './edit-list.ts';
import { encodeValue, writeField } from './encode-message.ts';
import { checkTail, type EnvelopeHeader, readHeader, startsWithMagic, TYPE_META_API_VERSION, TYPE_META_KIND } from './envelope.ts';
import { reencodeValue } from './reencode-message.ts';
import { textAt } from './text-cache.ts';
import { BYTES, MalformedMessageError, WireCursor } from './wire-cursor.ts';
import { WireWriter } from './wire-writer.ts';

// Copies of imports, for speed: an imported binding is looked up at each use.
const { BY_KIND, CAPTURE, CAPTURE_ALL, DOCUMENT, DROP, ENTRY, JSON_STRING, MESSAGE, TEXT } = nodes;
type FieldNode = nodes.FieldNode;
type MessageNode = nodes.MessageNode;

/** In the place of a delta: the innermost unit is another tenant's. */
export const FOREIGN = Number.NEGATIVE_INFINITY;

// Whose the innermost unit is.
const NO_UNIT = 0;
const UNDECIDED = 1;
const OWNED = 2;

const jsonPlans = new WeakMap<Plan, CompiledPlan>();

/**
 * Walks through messages that lie in memory as a whole and notes what is to be changed. What a method returns is by how many bytes
 * that makes its part grow, or FOREIGN.
 */
export class MessageWalker {
  readonly edits = new EditList();
  readonly #cursor = new WireCursor(Buffer.alloc(0));
  readonly #context: PlanContext;
  readonly #prefix: Buffer;
  readonly #captureCheck: CaptureCheck;
  #unit = NO_UNIT;
  #depth = 0;

  constructor(context: PlanContext) {
    this.#context = context;
    this.#prefix = Buffer.from(context.prefix);
    this.#captureCheck = new CaptureCheck(context);
  }

  /** What `from` and `to` count in, from now on. */
  set source(bytes: Buffer) {
    this.#cursor.bytes = bytes;
  }

  get source(): Buffer {
    return this.#cursor.bytes;
  }

  /** The fields in `[from, to)`, which must be whole. */
  message(node: MessageNode, from: number, to: number): number {
    if (++this.#depth > MAX_DEPTH) throw new MalformedMessageError('messages nested too deep');
    const cursor = this.#cursor;
    const fields = node.fields;
    let captured: Map<number, boolean> | undefined;
    let delta = 0;
    let pos = from;
    while (pos < to) {
      cursor.pos = pos;
      const tag = cursor.tag(to);
      const number = tag >>> 3;
      const child = number < fields.length ? (fields[number] as FieldNode | null) : null;
      const lengthAt = cursor.pos;
      if ((tag & 7) !== BYTES) {
        cursor.skip(tag, to);
        const end = cursor.pos;
        if (child !== null) delta += this.#scalar(child, tag, pos, end);
        pos = end;
        continue;
      }
      const length = cursor.length(to);
      const start = cursor.pos;
      const end = start + length;
      if (child !== null) {
        let change: number;
        if (child.action === CAPTURE_ALL) {
          captured ??= new Map();
          const isLeftOut = captured.get(number);
          if (isLeftOut === undefined) change = this.#captureAll(child, number, pos, to, captured);
          else change = isLeftOut ? this.edits.omit(pos, end) : 0;
        } else change = this.value(child, pos, lengthAt, start, end);
        if (change === FOREIGN) {
          this.#depth--;
          return FOREIGN;
        }
        delta += change;
      }
      pos = end;
    }
    this.#depth--;
    return delta;
  }

  /** A value that stands behind its length: `at` is where its field begins, tag and all. */
  value(node: FieldNode, at: number, lengthAt: number, start: number, end: number): number {
    switch (node.action) {
      case MESSAGE:
        return node.isUnit
          ? this.#asUnit(node.unownedIsForeign, at, end, () => this.#message(node, lengthAt, start, end))
          : this.#message(node, lengthAt, start, end);
      case TEXT:
        return this.#text(node.string as StringRule, lengthAt, start, end);
      case ENTRY:
        return this.#entry(node, at, lengthAt, start, end);
      case DROP:
        return this.edits.omit(at, end);
      case CAPTURE:
        return this.#capture(node, at, lengthAt, start, end);
      case DOCUMENT:
        return this.#innerDocument(node.plan as Plan, lengthAt, start, end);
      case BY_KIND: {
        const target = this.#byKind(node, start, end);
        return target === null ? 0 : this.value(target, at, lengthAt, start, end);
      }
      case JSON_STRING:
        return this.#jsonString(node, lengthAt, start, end);
      default:
        throw new Error('a plan that cannot be carried out');
    }
  }

  /** A message whose length stands in the four bytes in front of it. */
  frame(node: FieldNode, at: number, start: number, end: number): number {
    const inside = (): number => {
      const place = this.edits.reserve(at);
      const delta = this.message(node.message as MessageNode, start, end);
      return delta === FOREIGN ? FOREIGN : this.edits.settleFrame(place, at, start, end - start, delta);
    };
    return node.isUnit ? this.#asUnit(node.unownedIsForeign, at, end, inside) : inside();
  }

  /** A document in its envelope, which begins at `from` and has the part `at` to itself. */
  document(plan: Plan, at: number, from: number, to: number): number {
    const header = readHeader(this.source, from, to);
    if (!header || header.rawLength > to - header.rawStart) throw new MalformedMessageError('unexpected EOF');
    checkTail(this.source, header.rawStart + header.rawLength, to);
    const node = documentNode(plan, header.apiVersion, header.kind);
    const inside = () => this.#envelope(node, header);
    return node.isUnit ? this.#asUnit(node.unownedIsForeign, at, to, inside) : inside();
  }

  /** The rules for an envelope's kind and version. */
  header(node: DocumentNode, { typeMeta }: EnvelopeHeader): number {
    if (!typeMeta || (!node.kind && !node.apiVersion)) return 0;
    const place = this.edits.reserve(typeMeta.lengthAt);
    let delta = 0;
    const cursor = this.#cursor;
    cursor.pos = typeMeta.start;
    while (cursor.pos < typeMeta.end) {
      const tag = cursor.tag(typeMeta.end);
      const lengthAt = cursor.pos;
      const rule = tag === TYPE_META_KIND ? node.kind : tag === TYPE_META_API_VERSION ? node.apiVersion : undefined;
      cursor.skip(tag, typeMeta.end);
      const end = cursor.pos;
      if (!rule) continue;
      cursor.pos = lengthAt;
      cursor.length(typeMeta.end);
      const change = this.#text(rule, lengthAt, cursor.pos, end);
      if (change === FOREIGN) return FOREIGN;
      delta += change;
      cursor.pos = end;
    }
    return this.edits.settle(place, typeMeta.lengthAt, typeMeta.start, typeMeta.end - typeMeta.start, delta);
  }

  #envelope(node: DocumentNode, header: EnvelopeHeader): number {
    const { lengthAt, rawStart, rawLength } = header;
    const first = this.header(node, header);
    if (first === FOREIGN || node.value === null) return first;
    const rest = this.value(node.value, rawStart, lengthAt, rawStart, rawStart + rawLength);
    return rest === FOREIGN ? FOREIGN : first + rest;
  }

  #message(node: FieldNode, lengthAt: number, start: number, end: number): number {
    const place = this.edits.reserve(lengthAt);
    const delta = this.message(node.message as MessageNode, start, end);
    return delta === FOREIGN ? FOREIGN : this.edits.settle(place, lengthAt, start, end - start, delta);
  }

  /** `[at, end)` goes where it turns out to be another tenant's. */
  #asUnit(unownedIsForeign: boolean, at: number, end: number, inside: () => number): number {
    const around = this.#unit;
    const count = this.edits.count;
    const depth = this.#depth;
    this.#unit = UNDECIDED;
    const delta = inside();
    const isForeign = delta === FOREIGN || (this.#unit === UNDECIDED && unownedIsForeign);
    this.#unit = around;
    if (!isForeign) return delta;
    if (this.#context.foreign === 'cut') throw new ForeignObjectError();
    this.#depth = depth;
    this.edits.truncate(count);
    return this.edits.omit(at, end);
  }

  #scalar(node: FieldNode, tag: number, at: number, end: number): number {
    if (node.action === DROP) return this.edits.omit(at, end);
    if (node.action === CAPTURE_ALL && node.type === '[]int') throw new Error('a list of numbers cannot be captured');
    throw new MalformedMessageError(`wrong wireType = ${tag & 7}`);
  }

  #text(rule: StringRule, lengthAt: number, start: number, end: number): number {
    const length = end - start;
    if (typeof rule === 'function') return this.#textByFunction(rule, lengthAt, start, end);
    if (length === 0) return 0;
    const prefix = this.#prefix;
    if (rule === 'add') return this.edits.replace(lengthAt, start, length + prefix.length, prefix);
    if (typeof rule === 'object') return this.#ownByFunction(rule, lengthAt, start, end);
    const isOwn = length > prefix.length && this.#startsWithPrefix(start);
    if (rule === 'own' && !this.#decide(isOwn)) return FOREIGN;
    return isOwn ? this.edits.replace(lengthAt, start + prefix.length, length - prefix.length, null) : 0;
  }

  /** Whose the innermost unit is has been said. Returns false where it is to be left out. */
  #decide(isOwn: boolean): boolean {
    if (!isOwn && (this.#unit !== UNDECIDED || this.#context.foreign === 'cut')) throw new ForeignObjectError();
    if (isOwn && this.#unit === UNDECIDED) this.#unit = OWNED;
    return isOwn;
  }

  #ownByFunction(rule: OwnRule, lengthAt: number, start: number, end: number): number {
    const text = textAt(this.source, start, end);
    const result = rule.own(text, this.#context);
    if (!this.#decide(result !== undefined)) return FOREIGN;
    return result === undefined || result === text ? 0 : this.#put(lengthAt, end, Buffer.from(result));
  }

  #startsWithPrefix(start: number): boolean {
    const prefix = this.#prefix;
    const { bytes } = this.#cursor;
    for (let index = 0; index < prefix.length; index++) if (bytes[start + index] !== prefix[index]) return false;
    return true;
  }

  #textByFunction(rule: (text: string, context: PlanContext) => string, lengthAt: number, start: number, end: number): number {
    const text = textAt(this.source, start, end);
    const result = rule(text, this.#context);
    return result === text ? 0 : this.#put(lengthAt, end, Buffer.from(result));
  }

  /** `bytes` with their length, where a value with its length stood. */
  #put(lengthAt: number, end: number, bytes: Buffer): number {
    return this.edits.replace(lengthAt, end, bytes.length, bytes);
  }

  #byKind(node: FieldNode, start: number, end: number): FieldNode | null {
    const cursor = this.#cursor;
    let kind: string | undefined;
    cursor.pos = start;
    while (cursor.pos < end) {
      const tag = cursor.tag(end);
      const lengthAt = cursor.pos;
      cursor.skip(tag, end);
      if (tag !== node.kindNumber * 8 + BYTES) continue;
      const until = cursor.pos;
      cursor.pos = lengthAt;
      cursor.length(end);
      // Of several the last counts.
      kind = textAt(this.source, cursor.pos, until);
      cursor.pos = until;
    }
    const target = kind === undefined ? undefined : node.byKind?.get(kind);
    return target === undefined ? node.others : target;
  }

  /** {1 key, 2 value} */
  #entry(node: FieldNode, at: number, lengthAt: number, start: number, end: number): number {
    const cursor = this.#cursor;
    const source = this.source;
    let key = '';
    let keys = 0;
    cursor.pos = start;
    while (cursor.pos < end) {
      const tag = cursor.tag(end);
      if (tag !== 8 + BYTES) cursor.skip(tag, end);
      else {
        const length = cursor.length(end);
        key = textAt(source, cursor.pos, cursor.pos + length);
        cursor.pos += length;
        // To Go the last one counts; nobody writes more than one.
        if (++keys > 1) throw new MalformedMessageError('a map entry with two keys');
      }
    }
    const renamed = node.key === null ? key : node.key(key, this.#context);
    if (renamed === null) return this.edits.omit(at, end);
    const inner = node.byKey?.get(key);
    const value = inner === undefined ? node.others : inner;
    if (renamed === key && value === null) return 0;
    if (keys === 0 && renamed !== key) throw new MalformedMessageError('a map entry without a key');
    return this.#rewriteEntry(renamed === key ? undefined : renamed, value, lengthAt, start, end);
  }

  #rewriteEntry(renamed: string | undefined, value: FieldNode | null, lengthAt: number, start: number, end: number): number {
    const cursor = this.#cursor;
    const place = this.edits.reserve(lengthAt);
    let delta = 0;
    let pos = start;
    while (pos < end) {
      cursor.pos = pos;
      const tag = cursor.tag(end);
      const lengthOfValueAt = cursor.pos;
      cursor.skip(tag, end);
      const until = cursor.pos;
      let change = 0;
      if (tag === 8 + BYTES && renamed !== undefined) change = this.#put(lengthOfValueAt, until, Buffer.from(renamed));
      else if (tag === 16 + BYTES && value !== null) {
        cursor.pos = lengthOfValueAt;
        cursor.length(end);
        change = this.value(value, pos, lengthOfValueAt, cursor.pos, until);
      }
      if (change === FOREIGN) return FOREIGN;
      delta += change;
      pos = until;
    }
    return this.edits.settle(place, lengthAt, start, end - start, delta);
  }

  #capture(node: FieldNode, at: number, lengthAt: number, start: number, end: number): number {
    const capture = node.capture as Capture;
    const source = this.source;
    if (!this.#captureCheck.mayConcern(capture, source, start, end)) return 0;
    const original = source.subarray(start, end);
    const json = printLossless(decodeOccurrences(node.type, [original]));
    const result = capture.run(json, this.#context);
    if (result === json) return 0;
    if (result === null) return this.edits.omit(at, end);
    return this.#put(lengthAt, end, reencodeValue(node.type, original, parseLossless(result)));
  }

  /** At the first of a list's or a map's fields; notes whether the others go. */
  #captureAll(node: FieldNode, number: number, at: number, to: number, captured: Map<number, boolean>): number {
    const capture = node.capture as Capture;
    const cursor = this.#cursor;
    const source = this.source;
    const occurrences: Buffer[] = [];
    let isConcerned = false;
    let firstEnd = 0;
    cursor.pos = at;
    while (cursor.pos < to) {
      const tag = cursor.tag(to);
      if (tag !== number * 8 + BYTES) {
        cursor.skip(tag, to);
        continue;
      }
      const length = cursor.length(to);
      const start = cursor.pos;
      const end = start + length;
      if (occurrences.length === 0) firstEnd = end;
      occurrences.push(source.subarray(start, end));
      isConcerned ||= this.#captureCheck.mayConcern(capture, source, start, end);
      cursor.pos = end;
    }
    captured.set(number, false);
    if (!isConcerned) return 0;
    const json = printLossless(decodeOccurrences(node.type, occurrences));
    const result = capture.run(json, this.#context);
    if (result === json) return 0;
    captured.set(number, true);
    const writer = new WireWriter();
    if (result !== null) writeField(writer, number, node.type, parseLossless(result));
    return this.edits.replace(at, firstEnd, -1, writer.finish());
  }

  #jsonString(node: FieldNode, lengthAt: number, start: number, end: number): number {
    const value = decodeOccurrences(node.type, [this.source.subarray(start, end)]);
    if (typeof value !== 'string') return 0;
    const result = (node.string as (text: string, context: PlanContext) => string)(value, this.#context);
    return result === value ? 0 : this.#put(lengthAt, end, encodeValue(node.type, result));
  }

  #innerDocument(plan: Plan, lengthAt: number, start: number, end: number): number {
    if (start === end) return 0;
    if (!startsWithMagic(this.source, start, end)) return this.#innerJson(plan, lengthAt, start, end);
    const place = this.edits.reserve(lengthAt);
    const delta = this.document(plan, start, start, end);
    return delta === FOREIGN ? FOREIGN : this.edits.settle(place, lengthAt, start, end - start, delta);
  }

  #innerJson(plan: Plan, lengthAt: number, start: number, end: number): number {
    let compiled = jsonPlans.get(plan);
    if (!compiled) {
      compiled = compilePlan(plan);
      jsonPlans.set(plan, compiled);
    }
    const json = this.source.subarray(start, end);
    const result = rewriteJson(compiled, this.#context, json);
    return result.equals(json) ? 0 : this.#put(lengthAt, end, result);
  }
}

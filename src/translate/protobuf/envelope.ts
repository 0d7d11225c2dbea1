import { BYTES, hasWholeHead, MalformedMessageError, WireCursor } from './wire-cursor.ts';
import { varint, WireWriter } from './wire-writer.ts';

/** Begins every protobuf body of Kubernetes (API concepts, "Kubernetes Protobuf encoding"); a runtime.Unknown follows. */
export const MAGIC = Buffer.from('k8s\0');

/** runtime.Unknown: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw, 3 contentEncoding, 4 contentType. */
const TYPE_META = 1;
const RAW = 2;
const CONTENT_ENCODING = 3;
/** What stands in front of an object's bytes is its kind and little else. */
export const MAX_HEADER_BYTES = 4096;

export interface EnvelopeHeader {
  readonly apiVersion: string;
  readonly kind: string;
  /** Where their values stand; -1 where they are not given. */
  readonly typeMeta: { readonly lengthAt: number; readonly start: number; readonly end: number } | undefined;
  /** Where the length of `raw` stands, where its bytes begin, and how many there are. */
  readonly lengthAt: number;
  readonly rawStart: number;
  readonly rawLength: number;
}

export function startsWithMagic(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= MAGIC.length && bytes.compare(MAGIC, 0, MAGIC.length, from, from + MAGIC.length) === 0;
}

/**
 * Reads up to the object's bytes, which may lie beyond `to`; the rest is for `checkTail`. Every writer puts the fields in the order of
 * their numbers, so what comes otherwise, or twice, is refused: to Go the last one would count.
 *
 * @returns undefined where `to` comes too early to say
 * @throws MalformedMessageError
 */
export function readHeader(bytes: Buffer, from: number, to: number): EnvelopeHeader | undefined {
  if (to - from < MAGIC.length) return undefined;
  if (!startsWithMagic(bytes, from, to)) {
    throw new MalformedMessageError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const cursor = new WireCursor(bytes, from + MAGIC.length);
  let typeMeta: EnvelopeHeader['typeMeta'];
  while (hasWholeHead(bytes, cursor.pos, to)) {
    const tag = cursor.tag(to);
    const lengthAt = cursor.pos;
    if ((tag & 7) !== BYTES || tag >>> 3 > RAW) throw new MalformedMessageError('an envelope in another order than that of its fields');
    const length = cursor.uint32(to);
    const start = cursor.pos;
    if (tag >>> 3 === RAW) return { ...readTypeMeta(bytes, typeMeta), typeMeta, lengthAt, rawStart: start, rawLength: length };
    if (typeMeta) throw new MalformedMessageError('an envelope with two kinds');
    typeMeta = { lengthAt, start, end: start + length };
    cursor.pos = start + length;
  }
  if (to - from > MAX_HEADER_BYTES) throw new MalformedMessageError('an envelope without an object');
  return undefined;
}

function readTypeMeta(bytes: Buffer, typeMeta: EnvelopeHeader['typeMeta']): { apiVersion: string; kind: string } {
  const texts = { apiVersion: '', kind: '' };
  if (!typeMeta) return texts;
  const cursor = new WireCursor(bytes, typeMeta.start);
  const { end } = typeMeta;
  while (cursor.pos < end) {
    const tag = cursor.tag(end);
    const name = tag === TYPE_META_API_VERSION ? 'apiVersion' : tag === TYPE_META_KIND ? 'kind' : undefined;
    if (!name) cursor.skip(tag, end);
    else if (texts[name] !== '') throw new MalformedMessageError('an envelope with two kinds');
    else {
      const length = cursor.length(end);
      texts[name] = cursor.text(cursor.pos + length);
    }
  }
  return texts;
}

export const TYPE_META_API_VERSION = 8 + BYTES;
export const TYPE_META_KIND = 16 + BYTES;

/** What follows the object's bytes. @throws MalformedMessageError for anything that would change what they mean */
export function checkTail(bytes: Buffer, from: number, to: number): void {
  const cursor = new WireCursor(bytes, from);
  while (cursor.pos < to) {
    const tag = cursor.tag(to);
    const number = tag >>> 3;
    if (number <= RAW) throw new MalformedMessageError('an envelope with two objects');
    const start = cursor.pos;
    cursor.skip(tag, to);
    if (number === CONTENT_ENCODING && ((tag & 7) !== BYTES || cursor.pos - start > 1)) {
      throw new MalformedMessageError('an object in an encoding of its own');
    }
  }
}

/** An object's bytes in their envelope, as the apiserver writes it. */
export function writeEnvelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat(writeEnvelopeAround(apiVersion, kind, [raw]));
}

/** The same of an object in many parts, which are not copied. */
export function writeEnvelopeAround(apiVersion: string, kind: string, raw: readonly Buffer[]): Buffer[] {
  const head = new WireWriter();
  head.raw(MAGIC);
  head.message(TYPE_META, (typeMeta) => {
    typeMeta.text(1, apiVersion);
    typeMeta.text(2, kind);
  });
  head.raw(varint(RAW * 8 + BYTES));
  head.raw(varint(raw.reduce((sum, { length }) => sum + length, 0)));
  const tail = new WireWriter();
  tail.text(CONTENT_ENCODING, '');
  tail.text(4, '');
  return [head.finish(), ...raw, tail.finish()];
}

import { decodeMessage } from '../../src/translate/protobuf/decode-message.ts';
import { checkTail, readHeader } from '../../src/translate/protobuf/envelope.ts';
import { BYTES, WireCursor } from '../../src/translate/protobuf/wire-cursor.ts';
import { messageTypeOf } from '../../src/translate/protobuf/wire-schema.ts';

export { encodeFrame as toFrame, encodeObject as toProtobuf } from '../../src/translate/protobuf/encode-object.ts';

type Json = { [key: string]: unknown };

/** An object in Kubernetes' protobuf as JSON text. @throws Error for what is none */
export function protobufToJson(body: Uint8Array): string {
  const bytes = Buffer.from(body);
  const header = readHeader(bytes, 0, bytes.length);
  if (!header) throw new Error('no whole envelope');
  const { apiVersion, kind, rawStart, rawLength } = header;
  const end = rawStart + rawLength;
  if (end > bytes.length) throw new Error('not the whole object');
  checkTail(bytes, end, bytes.length);
  return JSON.stringify({ kind, apiVersion, ...decodeMessage(typeOf(apiVersion, kind), bytes.subarray(rawStart, end)) });
}

export function readProtobuf(body: Uint8Array): Json {
  return JSON.parse(protobufToJson(body)) as Json;
}

export interface ReadFrame {
  readonly type: string;
  readonly object: Json;
}

/** The whole frames at the beginning of `bytes`, and what is left of it. */
export function readFrames(bytes: Buffer): { frames: ReadFrame[]; rest: Buffer } {
  const frames: ReadFrame[] = [];
  let pos = 0;
  while (bytes.length - pos >= 4 && bytes.length - pos - 4 >= bytes.readUInt32BE(pos)) {
    const end = pos + 4 + bytes.readUInt32BE(pos);
    frames.push(readEvent(bytes.subarray(pos + 4, end)));
    pos = end;
  }
  return { frames, rest: bytes.subarray(pos) };
}

function readEvent(bytes: Buffer): ReadFrame {
  const fields = valuesIn(bytes);
  return { type: fields.get(1)!.toString(), object: readProtobuf(valuesIn(fields.get(2)!).get(1)!) };
}

function valuesIn(bytes: Buffer): Map<number, Buffer> {
  const values = new Map<number, Buffer>();
  const cursor = new WireCursor(bytes);
  while (cursor.pos < bytes.length) {
    const tag = cursor.tag(bytes.length);
    if ((tag & 7) !== BYTES) throw new Error('no text or message');
    const length = cursor.length(bytes.length);
    values.set(tag >>> 3, bytes.subarray(cursor.pos, cursor.pos + length));
    cursor.pos += length;
  }
  return values;
}

function typeOf(apiVersion: string, kind: string): string {
  const typeName = messageTypeOf(apiVersion, kind);
  if (!typeName) throw new Error(`no message type for ${kind} in ${apiVersion}`);
  return typeName;
}

import { encodeMessage } from './encode-message.ts';
import { writeEnvelope } from './envelope.ts';
import { messageTypeOf, WATCH_EVENT } from './wire-schema.ts';
import { WireWriter } from './wire-writer.ts';

const LENGTH_BYTES = 4;

/** An object with its kind and version, as the apiserver sends it in protobuf. @throws Error for a kind that has no message type */
export function encodeObject(shown: object): Buffer {
  const { apiVersion, kind, ...object } = shown as { readonly [member: string]: unknown };
  const typeName = messageTypeOf(String(apiVersion), String(kind));
  if (typeName === undefined) throw new Error(`${kind} in ${apiVersion} has no message type`);
  return writeEnvelope(String(apiVersion), String(kind), encodeMessage(typeName, object));
}

/** An event of a watch, as a frame: its length in four bytes, big-endian, and metav1.WatchEvent {1 type, 2 object {1 raw}}. */
export function encodeFrame(type: string, object: object): Buffer {
  return writeFrame(type, encodeObject(object));
}

/** The same of an object that is in its envelope. */
export function writeFrame(type: string, envelope: Buffer): Buffer {
  const event = new WireWriter();
  event.raw(encodeMessage(WATCH_EVENT, { type }));
  event.message(2, (object) => object.bytes(1, envelope));
  const bytes = event.finish();
  const frame = Buffer.alloc(LENGTH_BYTES + bytes.length);
  frame.writeUInt32BE(bytes.length);
  bytes.copy(frame, LENGTH_BYTES);
  return frame;
}

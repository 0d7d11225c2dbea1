import protobuf from 'protobufjs/minimal.js';
import { KubeError } from '../../errors.ts';
import { decodeMessage } from './decode-message.ts';
import { messageTypeOf } from './wire-schema.ts';

/** Begins every protobuf body of Kubernetes (API concepts, "Kubernetes Protobuf encoding"); a runtime.Unknown follows. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/**
 * A built-in object in Kubernetes' protobuf, as JSON: what the apiserver would read from either is the same. Fields that the
 * schema does not have are left out, as an apiserver of that version leaves them out.
 *
 * @throws KubeError BadRequest for what is no such body, UnsupportedMediaType for a kind that has no protobuf
 */
export function protobufToJson(body: Uint8Array): Buffer {
  const { apiVersion, kind, raw } = readEnvelope(body);
  const typeName = messageTypeOf(apiVersion, kind);
  if (!typeName) throw new KubeError('UnsupportedMediaType', `${kind} in ${apiVersion} is not supported in protobuf, use JSON`);
  try {
    return Buffer.from(JSON.stringify({ kind, apiVersion, ...decodeMessage(typeName, raw) }));
  } catch (error) {
    throw malformed({ cause: error });
  }
}

/** runtime.Unknown: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw, 3 contentEncoding, 4 contentType. */
function readEnvelope(body: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  if (body.length < MAGIC.length || !MAGIC.equals(body.subarray(0, MAGIC.length))) throw malformed();
  const envelope = { apiVersion: '', kind: '', raw: new Uint8Array(0) as Uint8Array };
  try {
    const reader = protobuf.Reader.create(body.subarray(MAGIC.length));
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10) {
        const end = reader.uint32() + reader.pos;
        while (reader.pos < end) {
          const inner = reader.uint32();
          if (inner === 10) envelope.apiVersion = reader.string();
          else if (inner === 18) envelope.kind = reader.string();
          else reader.skipType(inner & 7);
        }
      } else if (tag === 18) envelope.raw = reader.bytes();
      else if (tag >>> 3 === 3 && reader.string() !== '') throw new Error('an encoded body');
      else if (tag >>> 3 !== 3) reader.skipType(tag & 7);
    }
  } catch (error) {
    throw malformed({ cause: error });
  }
  return envelope;
}

function malformed(options?: ErrorOptions): KubeError {
  return new KubeError(
    'BadRequest',
    'the body of the request is no valid object in application/vnd.kubernetes.protobuf',
    undefined,
    options,
  );
}

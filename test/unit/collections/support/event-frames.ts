import type { Form } from '../../../../src/collections/form.ts';
import { encodeFrame } from '../../../../src/translate/protobuf/encode-object.ts';

export const FORMS = {
  json: { shape: 'object', isProtobuf: false, version: 'v1' },
  partial: { shape: 'partial', isProtobuf: false, version: 'v1' },
  table: { shape: 'table', isProtobuf: false, version: 'v1' },
  protobuf: { shape: 'object', isProtobuf: true, version: 'v1' },
  partialProtobuf: { shape: 'partial', isProtobuf: true, version: 'v1' },
} as const satisfies Record<string, Form>;

/** An event as upstream sends it. */
export function frameOf({ isProtobuf }: Form, type: string, object: object): Buffer {
  return isProtobuf ? encodeFrame(type, object) : Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

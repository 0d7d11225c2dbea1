/** The wire format of protocol buffers, one layer at a time. Pure. */

/** One field with its tag: `payload` is without the length, and empty for a number. */
export interface Field {
  readonly number: number;
  readonly isMessageOrText: boolean;
  readonly whole: Buffer;
  readonly payload: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** @throws Error when the bytes are no message */
export function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined || factor > 2 ** 63) throw new Error('malformed protobuf');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (position < message.length) {
    const start = position;
    const tag = readVarint();
    const wireType = tag & 7;
    let payloadStart = position;
    if (wireType === 0) readVarint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else if (wireType === 2) {
      const length = readVarint();
      payloadStart = position;
      position += length;
    } else throw new Error(`malformed protobuf: wire type ${wireType}`);
    if (position > message.length) throw new Error('malformed protobuf: a field goes beyond its end');
    const isMessageOrText = wireType === 2;
    const payload = isMessageOrText ? message.subarray(payloadStart, position) : NOTHING;
    fields.push({ number: Math.floor(tag / 8), isMessageOrText, whole: message.subarray(start, position), payload });
  }
  return fields;
}

/** Tag and length of a field whose payload is a message or a text. */
export function fieldHead(field: number, payloadLength: number): Buffer {
  return Buffer.from([...varint(field * 8 + 2), ...varint(payloadLength)]);
}

export function lengthDelimited(field: number, payload: Buffer): Buffer {
  return Buffer.concat([fieldHead(field, payload.length), payload]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

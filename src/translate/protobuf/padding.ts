import { BYTES, varintSize, writeVarint } from './wire-cursor.ts';

/** No type of Kubernetes has fields of such numbers; readers pass over what they do not know (protobuf.dev, "Updating A Message Type"). */
const PADDING_FIELD = 100_000;
const TAG = PADDING_FIELD * 8 + BYTES;
const TAG_BYTES = varintSize(TAG);
const SMALLEST = TAG_BYTES + 1;

/**
 * Fields that mean nothing, of so many bytes in all.
 *
 * @throws Error for fewer bytes than it takes to say so
 */
export function paddingOf(size: number): Buffer {
  if (size < SMALLEST) throw new Error(`a list has grown by more than was allowed for: ${size} bytes are left`);
  const bytes = Buffer.alloc(size);
  const inner = size - TAG_BYTES;
  for (let lengthBytes = 1; lengthBytes <= 5; lengthBytes++) {
    if (varintSize(inner - lengthBytes) !== lengthBytes) continue;
    writeVarint(bytes, writeVarint(bytes, 0, TAG), inner - lengthBytes);
    return bytes;
  }
  // One byte less would do, but its length would take one byte less too: so an empty field first.
  writeVarint(bytes, 0, TAG);
  paddingOf(size - SMALLEST).copy(bytes, SMALLEST);
  return bytes;
}

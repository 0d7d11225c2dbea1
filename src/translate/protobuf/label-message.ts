import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { encodeMessage } from './encode-message.ts';
import { readHeader } from './envelope.ts';
import { varint, WireWriter } from './wire-writer.ts';

/**
 * Puts the tenant's label on an object. A message field that stands twice is merged by its reader, and of a map's entries with the
 * same key the last counts (protobuf.dev, "Encoding", "Last One Wins"): so a second `metadata` at the object's end, with this label
 * alone, overrules whatever stands before it.
 *
 * @param body a whole object in its envelope, whose type is `typeName`
 */
export function labelMessage(body: Buffer, typeName: string, tenantId: string): Buffer {
  const { lengthAt, rawStart, rawLength } = readHeader(body, 0, body.length)!;
  const label = encodeMessage(typeName, { metadata: { labels: { [TENANT_LABEL]: tenantId } } });
  const writer = new WireWriter();
  writer.raw(body.subarray(0, lengthAt));
  writer.raw(varint(rawLength + label.length));
  writer.raw(body.subarray(rawStart, rawStart + rawLength));
  writer.raw(label);
  writer.raw(body.subarray(rawStart + rawLength));
  return writer.finish();
}

/** Where an object stands, read from its bytes in any form. Nothing here trusts or checks the rest of them. */
import { isJsonObject } from '../../translate/lossless-json.ts';
import { BYTES, WireCursor } from '../../translate/protobuf/wire-cursor.ts';
import type { ObjectKey } from '../collection.ts';
import type { Form } from '../form.ts';

export interface ObjectMeta extends ObjectKey {
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Of a JSON object, or of the object in a Table's row. */
export function metaOfJson(value: unknown): ObjectMeta {
  const holder = isJsonObject(value) && isJsonObject(value.object) && Array.isArray(value.cells) ? value.object : value;
  const metadata = isJsonObject(holder) && isJsonObject(holder.metadata) ? holder.metadata : {};
  const text = (member: string): string => (typeof metadata[member] === 'string' ? metadata[member] : '');
  return {
    namespace: text('namespace'),
    name: text('name'),
    resourceVersion: text('resourceVersion'),
    labels: mapOf(metadata.labels),
    annotations: mapOf(metadata.annotations),
  };
}

function mapOf(value: unknown): Record<string, string> {
  return isJsonObject(value) ? (value as Record<string, string>) : {};
}

/** metav1.ObjectMeta: 1 name, 3 namespace, 6 resourceVersion, 11 labels, 12 annotations. */
const NAME = 1;
const NAMESPACE = 3;
const RESOURCE_VERSION = 6;
const LABELS = 11;
const ANNOTATIONS = 12;

/** Of a message `[from, to)` whose first field is its metadata, as all of Kubernetes' are. @throws MalformedMessageError */
export function metaOfMessage(bytes: Buffer, from: number, to: number): ObjectMeta {
  const meta = { namespace: '', name: '', resourceVersion: '', labels: {}, annotations: {} };
  for (const { number, start, end } of bytesFields(bytes, from, to)) if (number === 1) readMetadata(bytes, start, end, meta);
  return meta;
}

function readMetadata(bytes: Buffer, from: number, to: number, meta: { -readonly [K in keyof ObjectMeta]: ObjectMeta[K] }): void {
  for (const { number, start, end } of bytesFields(bytes, from, to)) {
    if (number === NAME) meta.name = bytes.toString('utf8', start, end);
    else if (number === NAMESPACE) meta.namespace = bytes.toString('utf8', start, end);
    else if (number === RESOURCE_VERSION) meta.resourceVersion = bytes.toString('utf8', start, end);
    else if (number === LABELS) meta.labels = { ...meta.labels, ...readEntry(bytes, start, end) };
    else if (number === ANNOTATIONS) meta.annotations = { ...meta.annotations, ...readEntry(bytes, start, end) };
  }
}

function readEntry(bytes: Buffer, from: number, to: number): Record<string, string> {
  let key = '';
  let value = '';
  for (const { number, start, end } of bytesFields(bytes, from, to)) {
    if (number === 1) key = bytes.toString('utf8', start, end);
    else if (number === 2) value = bytes.toString('utf8', start, end);
  }
  return { [key]: value };
}

/** The fields of a message that have a length: texts, messages. @throws MalformedMessageError */
export function* bytesFields(bytes: Buffer, from: number, to: number): Generator<{ number: number; start: number; end: number }> {
  const cursor = new WireCursor(bytes, from);
  while (cursor.pos < to) {
    const tag = cursor.tag(to);
    if ((tag & 7) !== BYTES) {
      cursor.skip(tag, to);
      continue;
    }
    const length = cursor.length(to);
    const start = cursor.pos;
    cursor.pos = start + length;
    yield { number: tag >>> 3, start, end: cursor.pos };
  }
}

/** Of an item as a `PageReader` gives it out. */
export function metaOfItem({ isProtobuf }: Form, item: Buffer): ObjectMeta {
  if (!isProtobuf) return metaOfJson(JSON.parse(item.toString('utf8')));
  const [field] = bytesFields(item, 0, item.length);
  return metaOfMessage(item, field!.start, field!.end);
}

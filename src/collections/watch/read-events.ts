import { readHeader } from '../../translate/protobuf/envelope.ts';
import { Intake } from '../../translate/protobuf/intake.ts';
import { WireWriter } from '../../translate/protobuf/wire-writer.ts';
import type { Form } from '../form.ts';
import { bytesFields, metaOfJson, metaOfMessage, type ObjectMeta } from '../read/object-meta.ts';
import { MAX_ITEM_BYTES } from '../read/page.ts';

/** An event of a watch, as upstream sent it. */
export interface UpstreamEvent {
  readonly type: string;
  /** Of the object; nothing of an ERROR's. */
  readonly meta: ObjectMeta;
  /** The whole frame: a line with its line feed, or a message behind its length. Of a Table without its columns. */
  readonly bytes: Buffer;
  /** JSON of a Table's columns, where this event tells them. */
  readonly columns?: string | undefined;
  /** Of a PriorityClass in JSON; see SharedClasses. */
  readonly globalDefault?: unknown;
}

/** Cuts a watch that streams by into its events. */
export interface EventReader {
  /** @throws Error for what is no event */
  write(chunk: Buffer): UpstreamEvent[];
}

export function createEventReader({ shape, isProtobuf }: Form): EventReader {
  return isProtobuf ? new FrameReader() : new LineReader(shape === 'table');
}

const LINE_FEED = 0x0a;

class LineReader implements EventReader {
  readonly #isTable: boolean;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(isTable: boolean) {
    this.#isTable = isTable;
  }

  write(chunk: Buffer): UpstreamEvent[] {
    const events: UpstreamEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#parts.push(chunk.subarray(start, end + 1));
      // Copied, so that a small event that is kept does not keep the chunk that it came in.
      const line = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
      if (line.length > 1) events.push(this.#isTable ? readTableLine(line) : readLine(line));
    }
    if (start < chunk.length) {
      this.#parts.push(chunk.subarray(start));
      this.#length += chunk.length - start;
      if (this.#length > MAX_ITEM_BYTES) throw new Error('an event that is too large');
    }
    return events;
  }
}

function readLine(bytes: Buffer): UpstreamEvent {
  const { type, object } = JSON.parse(bytes.toString('utf8')) as { type: string; object: { globalDefault?: unknown } };
  return { type, meta: metaOfJson(object), bytes, globalDefault: object?.globalDefault };
}

const COLUMNS = '"columnDefinitions":';
/** Cannot stand in a string: there the quotes would have backslashes. */
const ROWS = ',"rows":[';

function readTableLine(bytes: Buffer): UpstreamEvent {
  const { type, object } = JSON.parse(bytes.toString('utf8')) as { type: string; object: { rows?: unknown[] } };
  const meta = metaOfJson(object?.rows?.[0] ?? object);
  const from = bytes.indexOf(COLUMNS);
  const to = from < 0 ? -1 : bytes.indexOf(ROWS, from);
  if (to < 0) return { type, meta, bytes };
  const columns = bytes.toString('utf8', from + COLUMNS.length, to);
  if (columns === 'null') return { type, meta, bytes };
  const rest = [bytes.subarray(0, from + COLUMNS.length), Buffer.from('null'), bytes.subarray(to)];
  return { type, meta, bytes: Buffer.concat(rest), columns };
}

/** An event of a Table's watch, for a client that has not been told the columns yet. */
export function withColumns(line: Buffer, columns: string): Buffer {
  const from = line.indexOf(COLUMNS);
  const to = from < 0 ? -1 : line.indexOf(ROWS, from);
  if (to < 0) return line;
  return Buffer.concat([line.subarray(0, from + COLUMNS.length), Buffer.from(columns), line.subarray(to)]);
}

/** The same event, called otherwise. */
export function withType({ isProtobuf }: Form, bytes: Buffer, type: string, shown: string): Buffer {
  if (!isProtobuf) return Buffer.from(bytes.toString('utf8').replace(`{"type":"${type}"`, `{"type":"${shown}"`));
  const event = new WireWriter();
  event.text(1, shown);
  for (const { number, start, end } of bytesFields(bytes, LENGTH_BYTES, bytes.length)) {
    if (number !== 1) event.bytes(number, bytes.subarray(start, end));
  }
  const message = event.finish();
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

const LENGTH_BYTES = 4;

/** metav1.WatchEvent: 1 type, 2 object {1 raw}; raw is an envelope. */
class FrameReader implements EventReader {
  readonly #intake = new Intake(MAX_ITEM_BYTES);

  write(chunk: Buffer): UpstreamEvent[] {
    const events: UpstreamEvent[] = [];
    const bytes = this.#intake.take(chunk);
    if (!bytes) return events;
    let pos = 0;
    let needed = LENGTH_BYTES;
    while (bytes.length - pos >= LENGTH_BYTES) {
      needed = LENGTH_BYTES + bytes.readUInt32BE(pos);
      this.#intake.checkSize(needed);
      if (bytes.length - pos < needed) break;
      events.push(readFrame(Buffer.from(bytes.subarray(pos, pos + needed))));
      pos += needed;
      needed = LENGTH_BYTES;
    }
    this.#intake.keep(bytes.subarray(pos), needed);
    return events;
  }
}

function readFrame(bytes: Buffer): UpstreamEvent {
  let type = '';
  let meta = metaOfJson(undefined);
  for (const event of bytesFields(bytes, LENGTH_BYTES, bytes.length)) {
    if (event.number === 1) type = bytes.toString('utf8', event.start, event.end);
    if (event.number !== 2) continue;
    for (const raw of bytesFields(bytes, event.start, event.end)) {
      if (raw.number !== 1) continue;
      const header = readHeader(bytes, raw.start, raw.end);
      if (!header) throw new Error('an event without an object');
      if (header.kind !== 'Status') meta = metaOfMessage(bytes, header.rawStart, header.rawStart + header.rawLength);
    }
  }
  return { type, meta, bytes };
}

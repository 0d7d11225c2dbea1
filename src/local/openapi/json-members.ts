/** One member of a JSON object, by its place in the text. */
export interface Member {
  readonly key: string;
  /** Of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind the value's last byte. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

/**
 * The members of the object whose brace stands at `at`, without parsing their values: OpenAPI documents are tens of
 * megabytes on a cluster with many CRDs. For well-formed JSON only.
 * @throws Error when no object stands there, or it does not end
 */
export function membersOf(json: Buffer, at: number): Member[] {
  let position = skipBlank(json, at);
  if (json[position] !== 0x7b) throw new Error(`no JSON object at byte ${at}`);
  const members: Member[] = [];
  position = skipBlank(json, position + 1);
  while (json[position] === QUOTE) {
    const keyEnd = skipString(json, position);
    const colon = skipBlank(json, keyEnd);
    if (json[colon] !== COLON) throw new Error(`no colon at byte ${colon}`);
    const valueStart = skipBlank(json, colon + 1);
    const end = skipValue(json, valueStart);
    members.push({ key: JSON.parse(json.toString('utf8', position, keyEnd)), start: position, valueStart, end });
    position = skipBlank(json, end);
    if (json[position] === COMMA) position = skipBlank(json, position + 1);
  }
  if (json[position] !== 0x7d) throw new Error(`the JSON object at byte ${at} does not end`);
  return members;
}

function skipBlank(json: Buffer, from: number): number {
  let position = from;
  while (json[position] === 0x20 || json[position] === 0x0a || json[position] === 0x0d || json[position] === 0x09) position++;
  return position;
}

/** Behind the string whose opening quote stands at `from`. */
function skipString(json: Buffer, from: number): number {
  for (let quote = json.indexOf(QUOTE, from + 1); quote >= 0; quote = json.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  throw new Error(`the JSON string at byte ${from} does not end`);
}

function skipValue(json: Buffer, from: number): number {
  let depth = 0;
  for (let position = from; position < json.length; ) {
    const byte = json[position]!;
    if (byte === QUOTE) position = skipString(json, position);
    else if (depth === 0 && (byte === COMMA || CLOSE.has(byte))) return position;
    else {
      if (OPEN.has(byte)) depth++;
      else if (CLOSE.has(byte)) depth--;
      position++;
      if (depth > 0 || !CLOSE.has(byte)) continue;
    }
    if (depth === 0) return position;
  }
  throw new Error(`the JSON value at byte ${from} does not end`);
}

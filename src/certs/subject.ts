/** A certificate's subject as text, the way Envoy and OpenSSL write it: RFC 2253, read by the stricter grammar of RFC 4514. */

export interface Subject {
  readonly commonName: string;
  /** In the certificate's own order (the text has it reversed). */
  readonly organizations: readonly string[];
  readonly organizationalUnits: readonly string[];
  /** Absent where there is none. */
  readonly serialNumbers?: readonly string[];
}

/** Other spellings of the four attributes that decide who someone is: one that went unseen would change that. */
const ATTRIBUTES: Readonly<Record<string, 'CN' | 'O' | 'OU' | 'SN'>> = {
  CN: 'CN',
  COMMONNAME: 'CN',
  '2.5.4.3': 'CN',
  O: 'O',
  ORGANIZATIONNAME: 'O',
  '2.5.4.10': 'O',
  OU: 'OU',
  ORGANIZATIONALUNITNAME: 'OU',
  '2.5.4.11': 'OU',
  SERIALNUMBER: 'SN',
  '2.5.4.5': 'SN',
};

const ATTRIBUTE_TYPE = /(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)=/y;
const HEX_VALUE = /#(?:[0-9A-Fa-f]{2})+/y;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;
const ESCAPABLE = ' "#+,;<=>\\';

/**
 * Takes a subject apart. Throws an Error on anything that is not well formed, on a subject without exactly one common
 * name, and on a value that could not stand in a header: whoever reads it then has no identity.
 */
export function parseSubject(rfc2253: string): Subject {
  const values: Record<'CN' | 'O' | 'OU' | 'SN', string[]> = { CN: [], O: [], OU: [], SN: [] };
  let position = 0;
  while (true) {
    ATTRIBUTE_TYPE.lastIndex = position;
    const type = ATTRIBUTE_TYPE.exec(rfc2253)?.[0];
    if (!type) throw malformed(position, 'an attribute is missing');
    const attribute = ATTRIBUTES[type.slice(0, -1).toUpperCase()];
    const { value, end } = readValue(rfc2253, position + type.length);
    // The parts of a multi-valued name (`+`) count like any other: OpenSSL and Go see them so.
    if (attribute) values[attribute].unshift(textOf(value, position));
    if (end === rfc2253.length) break;
    position = end + 1;
  }
  const [commonName] = values.CN;
  if (values.CN.length !== 1 || !commonName) throw new Error('malformed subject: not exactly one common name');
  return { commonName, organizations: values.O, organizationalUnits: values.OU, ...(values.SN.length > 0 && { serialNumbers: values.SN }) };
}

/** A value's bytes, undefined for one that is not text; `end` is that of the separator after it. */
function readValue(text: string, start: number): { value: Buffer | undefined; end: number } {
  HEX_VALUE.lastIndex = start;
  const hex = HEX_VALUE.exec(text)?.[0];
  const quoted = text[start] === '"';
  const { bytes, end } = hex ? { bytes: undefined, end: start + hex.length } : readCharacters(text, quoted ? start + 1 : start, quoted);
  if (end < text.length && text[end] !== ',' && text[end] !== '+') throw malformed(end, 'a separator is missing');
  if (end === text.length - 1) throw malformed(end, 'it ends with a separator');
  return { value: bytes && Buffer.concat(bytes), end };
}

function readCharacters(text: string, start: number, quoted: boolean): { bytes: Buffer[]; end: number } {
  const bytes: Buffer[] = [];
  let plainSpace = false;
  for (let at = start; at <= text.length; at++) {
    const character = text[at];
    if (character === undefined || (!quoted && (character === ',' || character === '+'))) {
      if (quoted) throw malformed(at, 'a quotation does not end');
      if (plainSpace) throw malformed(at, 'an unescaped space ends a value');
      return { bytes, end: at };
    }
    if (quoted && character === '"') return { bytes, end: at + 1 };
    plainSpace = character === ' ' && !quoted;
    if (character === '\\') {
      const escaped = readEscape(text, at + 1);
      bytes.push(escaped.bytes);
      at += escaped.length;
    } else {
      const first = bytes.length === 0 && !quoted;
      if ((first && ' #'.includes(character)) || (!quoted && '";<>'.includes(character))) throw malformed(at, 'a character is not escaped');
      // By code point: half a surrogate pair is no text.
      const point = String.fromCodePoint(text.codePointAt(at) as number);
      bytes.push(Buffer.from(point));
      at += point.length - 1;
    }
  }
  throw malformed(start, 'a value does not end');
}

function readEscape(text: string, at: number): { bytes: Buffer; length: number } {
  const pair = text.slice(at, at + 2);
  if (HEX_PAIR.test(pair)) return { bytes: Buffer.from(pair, 'hex'), length: 2 };
  const character = text[at];
  if (!character || !ESCAPABLE.includes(character)) throw malformed(at, 'an escape is unknown');
  return { bytes: Buffer.from(character), length: 1 };
}

function textOf(bytes: Buffer | undefined, position: number): string {
  if (!bytes) throw malformed(position, 'a name is not text');
  const value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (/\p{Cc}/u.test(value)) throw malformed(position, 'a name holds a control character');
  return value;
}

function malformed(position: number, why: string): Error {
  return new Error(`malformed subject: ${why} (at ${position})`);
}

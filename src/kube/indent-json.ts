const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const SPACE = '  ';

/** Compact JSON, indented by two spaces and without a line feed at its end, as the apiserver does it for people. Values stay byte for byte. */
export function indentJson(text: Buffer): Buffer {
  const json = text.at(-1) === LINE_FEED ? text.subarray(0, -1) : text;
  const parts: (Buffer | string)[] = [];
  let depth = 0;
  let from = 0;
  const put = (pos: number, text: string, skip = 1): void => {
    parts.push(json.subarray(from, pos), text);
    from = pos + skip;
  };
  for (let pos = 0; pos < json.length; pos++) {
    const byte = json[pos] as number;
    if (byte === QUOTE) {
      pos = endOfString(json, pos);
      continue;
    }
    const character = String.fromCharCode(byte);
    if (character === '{' || character === '[') {
      const closing = json[pos + 1];
      // Empty ones stay on their line.
      if (closing === 0x7d || closing === 0x5d) pos++;
      else put(pos, `${character}\n${SPACE.repeat(++depth)}`);
    } else if (character === '}' || character === ']') put(pos, `\n${SPACE.repeat(--depth)}${character}`);
    else if (character === ',') put(pos, `,\n${SPACE.repeat(depth)}`);
    else if (character === ':') put(pos, ': ');
  }
  parts.push(json.subarray(from));
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Where the string that begins at `from` ends: its quote. */
function endOfString(json: Buffer, from: number): number {
  let pos = from + 1;
  while (pos < json.length && json[pos] !== QUOTE) pos += json[pos] === BACKSLASH ? 2 : 1;
  return pos;
}

/** A lossless tree of JSON texts: every byte of the input is in it, so printing it gives the input back. For tests only. */

export interface Item {
  /** White space before it, behind the comma or bracket. */
  lead: string;
  /** With its quotes and escapes; '' in an array. */
  rawKey: string;
  /** The colon and the white space around it. */
  colon: string;
  value: Tree;
  /** White space behind it. */
  trail: string;
}

export interface Leaf {
  type: 'string' | 'scalar';
  raw: string;
}

export interface Container {
  type: 'object' | 'array';
  items: Item[];
  /** White space where there is no item. */
  blank: string;
}

export type Tree = Leaf | Container;

export function isLeaf(tree: Tree): tree is Leaf {
  return 'raw' in tree;
}

export interface ParsedDocument {
  lead: string;
  value: Tree;
}

const WHITESPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

class Parser {
  #pos = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#pos === this.#text.length;
  }

  match(pattern: RegExp): string {
    pattern.lastIndex = this.#pos;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new SyntaxError(`at ${this.#pos}`);
    this.#pos += found.length;
    return found;
  }

  whitespace(): string {
    return this.match(WHITESPACE);
  }

  value(): Tree {
    const next = this.#text[this.#pos];
    if (next === '{') return this.#container('object', '}');
    if (next === '[') return this.#container('array', ']');
    if (next === '"') return { type: 'string', raw: this.match(STRING) };
    return { type: 'scalar', raw: this.match(SCALAR) };
  }

  #container(type: 'object' | 'array', close: string): Tree {
    this.#pos++;
    const items: Item[] = [];
    let lead = this.whitespace();
    if (this.#text[this.#pos] === close) {
      this.#pos++;
      return { type, items, blank: lead };
    }
    for (;;) {
      const rawKey = type === 'object' ? this.match(STRING) : '';
      const colon = type === 'object' ? this.match(/[ \t\r\n]*:[ \t\r\n]*/y) : '';
      const value = this.value();
      items.push({ lead, rawKey, colon, value, trail: this.whitespace() });
      const separator = this.match(/[,\]}]/y);
      if (separator === close) return { type, items, blank: '' };
      if (separator !== ',') throw new SyntaxError(`at ${this.#pos}`);
      lead = this.whitespace();
    }
  }
}

/** Throws SyntaxError. `tail` is the white space behind the last document. */
export function parseDocuments(text: string, many: boolean): { documents: ParsedDocument[]; tail: string } {
  const parser = new Parser(text);
  const documents: ParsedDocument[] = [];
  let lead = parser.whitespace();
  while (!parser.isAtEnd) {
    const value = parser.value();
    documents.push({ lead, value });
    lead = parser.whitespace();
    if (!many && !parser.isAtEnd) throw new SyntaxError('more than one document');
    if (value.type === 'scalar' && lead === '' && !parser.isAtEnd) throw new SyntaxError('no white space behind a scalar');
  }
  if (!many && documents.length === 0) throw new SyntaxError('no document');
  return { documents, tail: lead };
}

export function printTree(tree: Tree): string {
  if (isLeaf(tree)) return tree.raw;
  const [open, close] = tree.type === 'object' ? '{}' : '[]';
  const items = tree.items.map((item) => item.lead + item.rawKey + item.colon + printTree(item.value) + item.trail);
  return open + tree.blank + items.join(',') + close;
}

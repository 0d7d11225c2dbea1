import { KubeError } from '../errors.ts';

export interface LabelTranslation {
  key(key: string): string;
  /** Gets the key as it stood in the selector. */
  value(key: string, value: string): string;
}

const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const OPERATORS: ReadonlySet<string> = new Set(['=', '==', '!=', '>', '<', 'in', 'notin']);
const END = '';

/**
 * The grammar of k8s.io/apimachinery/pkg/labels: requirements between commas, each `key`, `!key`, `key=value` (`==`, `!=`,
 * `<`, `>`) or `key in (a,b)` (`notin`). Keys and values have no escapes.
 *
 * @returns the same requirements with other keys and values
 * @throws KubeError BadRequest in upstream's words: what is not understood is never passed on
 */
export function translateLabelSelector(selector: string, translation: LabelTranslation): string {
  const tokens = lex(selector);
  const requirements: string[] = [];
  let at = 0;
  const take = (): string => tokens[at++] ?? END;
  const peek = (): string => tokens[at] ?? END;

  const identifier = (): string => {
    const token = take();
    if (token === END || SYMBOLS.has(token)) throw unreadable(`found '${token}', expected: identifier`);
    return token;
  };
  const set = (): string[] => {
    if (peek() !== '(') throw unreadable(`found '${peek()}' expected: '('`);
    take();
    const values = [''];
    for (let token = take(); token !== ')'; token = take()) {
      if (token === ',') values.push('');
      else if (token === END || SYMBOLS.has(token) || values.at(-1) !== '')
        throw unreadable(`found '${token}', expected: ',', or identifier`);
      else values[values.length - 1] = token;
    }
    return values;
  };
  const requirement = (): string => {
    const absent = peek() === '!';
    if (absent) take();
    const key = identifier();
    const renamed = translation.key(key);
    if (absent) return `!${renamed}`;
    if (peek() === END || peek() === ',') return renamed;
    const operator = take();
    if (!OPERATORS.has(operator)) throw unreadable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    if (operator === 'in' || operator === 'notin') {
      return `${renamed} ${operator} (${set()
        .map((value) => translation.value(key, value))
        .join(',')})`;
    }
    const value = peek() === END || peek() === ',' ? '' : identifier();
    return renamed + operator + translation.value(key, value);
  };

  while (peek() !== END) {
    requirements.push(requirement());
    if (peek() === END) break;
    if (take() !== ',') throw unreadable(`found '${tokens[at - 1]}', expected: ',' or 'end of string'`);
    if (peek() === END) throw unreadable("found '', expected: identifier after ','");
  }
  return requirements.join(',');
}

/** Two identifiers side by side stay two tokens, so that only what upstream reads as one is one. */
function lex(selector: string): string[] {
  // Upstream's lexer takes a NUL for the end of the text.
  if (selector.includes('\0')) throw unreadable('found a NUL character');
  return [...selector.matchAll(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g)].map((match) => match[0]);
}

function unreadable(problem: string): KubeError {
  return new KubeError('BadRequest', `unable to parse requirement: ${problem}`);
}

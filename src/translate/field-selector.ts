import { KubeError } from '../errors.ts';

/** What to put in the place of a field's value. */
export type FieldTranslation = (field: string, value: string) => string;

interface Term {
  readonly field: string;
  readonly operator: string;
  readonly value: string;
}

/**
 * The grammar of k8s.io/apimachinery/pkg/fields: terms between commas, each `field=value`, `==` or `!=`; in a value a
 * backslash stands before a comma, an equals sign or a backslash.
 *
 * @param translationFor gets the fields that must equal a value, so that one may depend on another
 * @throws KubeError BadRequest in upstream's words: what is not understood is never passed on
 */
export function translateFieldSelector(
  selector: string,
  translationFor: (equals: ReadonlyMap<string, string>) => FieldTranslation,
): string {
  const terms = splitTerms(selector).map((term) => parseTerm(selector, term));
  const translate = translationFor(equalitiesOf(terms));
  return terms.map(({ field, operator, value }) => field + operator + escapeValue(translate(field, value))).join(',');
}

/** The fields that must equal a value, and the value. @throws KubeError BadRequest in upstream's words */
export function parseFieldSelector(selector: string): ReadonlyMap<string, string> {
  return equalitiesOf(splitTerms(selector).map((term) => parseTerm(selector, term)));
}

function equalitiesOf(terms: readonly Term[]): ReadonlyMap<string, string> {
  return new Map(terms.filter(({ operator }) => operator !== '!=').map(({ field, value }) => [field, value]));
}

function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at <= selector.length; at++) {
    if (selector[at] === '\\') {
      at++;
    } else if (at === selector.length || selector[at] === ',') {
      if (at > start) terms.push(selector.slice(start, at));
      start = at + 1;
    }
  }
  // A backslash at the very end.
  if (start < selector.length) terms.push(selector.slice(start));
  return terms;
}

function parseTerm(selector: string, term: string): Term {
  const equals = term.indexOf('=');
  if (equals < 0) throw new KubeError('BadRequest', `invalid selector: '${selector}'; can't understand '${term}'`);
  const operator = term[equals - 1] === '!' ? '!=' : term[equals + 1] === '=' ? '==' : '=';
  const start = operator === '!=' ? equals - 1 : equals;
  return { field: term.slice(0, start), operator, value: unescapeValue(term.slice(start + operator.length)) };
}

function unescapeValue(escaped: string): string {
  let value = '';
  for (let at = 0; at < escaped.length; at++) {
    let character = escaped[at]!;
    if (character === '\\') {
      character = escaped[++at] ?? '';
      if (!'\\,='.includes(character) || character === '') {
        throw new KubeError('BadRequest', `invalid field selector: invalid escape sequence: \\${character}`);
      }
    } else if (character === ',' || character === '=') {
      throw new KubeError('BadRequest', `invalid field selector: unescaped character in value: ${character}`);
    }
    value += character;
  }
  return value;
}

function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

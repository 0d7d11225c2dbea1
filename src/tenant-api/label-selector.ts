/** Label and field selectors, as k8s.io/apimachinery/pkg/labels and fields read them. Pure. */
import { KubeError } from '../errors.ts';
import { problemsOfLabelValue, problemsOfQualifiedName } from '../names/label-names.ts';

export type Matches = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Whether labels match `text`: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. The empty selector matches all.
 * @throws KubeError BadRequest
 */
export function parseLabelSelector(text: string): Matches {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((matches) => matches(labels));
}

function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/);
}

const SET = /^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*$/;
const COMPARISON = /^\s*([^\s=!<>]+)\s*(==|=|!=|<|>)\s*(\S*)\s*$/;
const PRESENCE = /^\s*(!?)\s*([^\s=!<>()]+)\s*$/;

function parseRequirement(text: string): Matches {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => checkValue(key, value.trim())));
    checkKey(key);
    return operator === 'in'
      ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key]!)
      : (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key]!);
  }
  const comparison = COMPARISON.exec(text);
  if (comparison) {
    const [, key = '', operator, value = ''] = comparison;
    checkKey(key);
    return compareLabel(key, operator!, checkValue(key, value));
  }
  const presence = PRESENCE.exec(text);
  if (!presence) throw new KubeError('BadRequest', `unable to parse requirement: ${JSON.stringify(text)}`);
  const [, not, key = ''] = presence;
  checkKey(key);
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}

function compareLabel(key: string, operator: string, value: string): Matches {
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator === '=' || operator === '==') return (labels) => Object.hasOwn(labels, key) && labels[key] === value;
  if (!/^-?\d+$/.test(value)) throw new KubeError('BadRequest', `unable to parse requirement: ${JSON.stringify(value)} is no whole number`);
  return (labels) => {
    const label = Object.hasOwn(labels, key) ? labels[key]! : '';
    if (!/^-?\d+$/.test(label)) return false;
    return operator === '>' ? BigInt(label) > BigInt(value) : BigInt(label) < BigInt(value);
  };
}

function checkKey(key: string): void {
  const [problem] = problemsOfQualifiedName(key);
  if (problem) throw new KubeError('BadRequest', `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
}

function checkValue(key: string, value: string): string {
  const [problem] = problemsOfLabelValue(value);
  if (problem)
    throw new KubeError(
      'BadRequest',
      `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`,
    );
  return value;
}

/**
 * Conditions on `metadata.name`, the one field that can be selected by: `metadata.name=x`, `metadata.name!=y`.
 * `name` is the only name that can match, if there is one.
 * @throws KubeError BadRequest
 */
export function parseFieldSelector(text: string): { readonly name: string | undefined; matches(name: string): boolean } {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map(parseTerm);
  const name = terms.find(({ isEqual }) => isEqual)?.value;
  return { name, matches: (candidate) => terms.every(({ isEqual, value }) => isEqual === (candidate === value)) };
}

function parseTerm(term: string): { isEqual: boolean; value: string } {
  const [, field = '', operator, value = ''] = /^([^=!]*)(!=|==|=)(.*)$/.exec(term) ?? [];
  if (!operator) throw new KubeError('BadRequest', `invalid selector: '${term}'; can't understand '${term}'`);
  // A cluster-scoped object's namespace is the empty one; clients that always send it mean all.
  if (field !== 'metadata.name') throw new KubeError('BadRequest', `field label not supported: ${field}`);
  return { isEqual: operator !== '!=', value };
}

import type { FakeObject } from './fake-kinds.ts';

/** `a=b,c!=d,e`: what the tests need of label selectors. */
export function matchesLabels(selector: unknown, { metadata: { labels = {} } }: FakeObject): boolean {
  return terms(selector).every((term) => {
    if (term.startsWith('!')) return labels[term.slice(1)] === undefined;
    const [, key = '', operator, value = ''] = /^([^=!]+)(==?|!=)?(.*)$/.exec(term) ?? [];
    if (operator === undefined) return labels[key] !== undefined;
    return operator === '!=' ? labels[key] !== value : labels[key] === value;
  });
}

/** `metadata.name=x`, `metadata.namespace!=y`. */
export function matchesFields(selector: unknown, { metadata }: FakeObject): boolean {
  return terms(selector).every((term) => {
    const [, field = '', operator, value = ''] = /^metadata\.(name|namespace)(==?|!=)(.*)$/.exec(term) ?? [];
    if (operator === undefined) throw new Error(`the fake apiserver does not select by ${term}`);
    const actual = metadata[field as 'name' | 'namespace'] ?? '';
    return operator === '!=' ? actual !== value : actual === value;
  });
}

function terms(selector: unknown): string[] {
  return String(selector ?? '')
    .split(',')
    .filter((term) => term !== '');
}

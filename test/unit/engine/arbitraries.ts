import fc from 'fast-check';
import type { Capture, KeyRule, Plan, PlanContext, StringRule } from '../../../src/translate/engine/plan.ts';

/** Random JSON texts, plans and chunkings. Keys and names come from a small stock, so that plans and documents meet. */

export const DROPPING: PlanContext = { tenantId: 'demo01', prefix: 'demo01-', foreign: 'drop' };
export const CUTTING: PlanContext = { ...DROPPING, foreign: 'cut' };

const KEYS = ['a', 'b', 'kind', 'namespace', 'items', 'prénom', '', '__proto__', 'a"b\\c', '𝒳'];
const NAMES = [
  'demo01-web',
  'demo02-web',
  'demo01-',
  'demo01',
  'demo012x',
  '',
  'Pod',
  'List',
  'kubezoo:demo01:ann',
  'é\n"\\/\u0007',
  '\ud83d\ude00',
];
const RAW_STRINGS = [
  '"d\\u0065mo01-x"',
  '"\\u0064\\u0065\\u006d\\u006f\\u0030\\u0031\\u002d\\u0078"',
  '"demo01\\u002D\\ud83d\\ude00"',
  '"demo01-\\ud800"',
  '"\\/\\b\\f"',
  '"demo01\\u002d"',
  '"P\\u006fd"',
];
const RAW_SCALARS = [
  '0',
  '-0',
  '1',
  '9007199254740993',
  '1e400',
  '-12.50E+07',
  '0.1e-3',
  'true',
  'false',
  'null',
  '123456789012345678901234567890',
];

const blank = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 2, arbitrary: fc.constantFrom(' ', '\n', '\r\n\t', '    ') });

/** The same text with some letters written as escapes. */
function escapeSome(text: string, mask: number): string {
  let raw = '';
  for (let index = 0; index < text.length; index++) {
    const escaped = ((mask >> (index % 16)) & 1) === 1;
    const unit = text.charAt(index);
    if (escaped) raw += `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    else raw += unit >= '\ud800' && unit <= '\udfff' ? unit : JSON.stringify(unit).slice(1, -1);
  }
  return `"${raw}"`;
}

function rawString(texts: readonly string[]): fc.Arbitrary<string> {
  // Half of a surrogate pair cannot stand as itself, so those with pairs are escaped wholly or not at all.
  const masks = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(0xffff, 1, 2, 0b100110) });
  return fc
    .tuple(fc.constantFrom(...texts), masks)
    .map(([text, mask]) => escapeSome(text, /[\ud800-\udfff]/.test(text) && mask !== 0 ? 0xffff : mask));
}

const anyString = fc.oneof(
  { weight: 4, arbitrary: rawString(NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...RAW_STRINGS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)) },
);

const texts = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 5, depthSize: 'medium' }, anyString, fc.constantFrom(...RAW_SCALARS), tie('object'), tie('array')),
  object: fc
    .tuple(
      blank,
      fc.array(fc.tuple(blank, rawString(KEYS), blank, blank, tie('value'), blank), { maxLength: 5 }),
      fc.option(rawString(['Pod', 'List', 'Table'])),
    )
    .map(([inside, members, kind]) => {
      const list = members.map(([lead, key, left, right, value, trail]) => `${lead}${key}${left}:${right}${value}${trail}`);
      if (kind !== null) list.unshift(`"kind":${kind}`);
      return list.length === 0 ? `{${inside}}` : `{${list.join(',')}}`;
    }),
  array: fc
    .tuple(blank, fc.array(fc.tuple(blank, tie('value'), blank), { maxLength: 5 }))
    .map(([inside, elements]) => (elements.length === 0 ? `[${inside}]` : `[${elements.map((element) => element.join('')).join(',')}]`)),
}));

const rootValue = fc.oneof(
  { weight: 5, arbitrary: texts.object },
  { weight: 3, arbitrary: texts.array },
  { weight: 1, arbitrary: texts.value },
);

export const jsonText: fc.Arbitrary<string> = fc.tuple(blank, rootValue, blank).map((parts) => parts.join(''));

/** Several documents, as in a watch; scalars with white space behind them. */
export const jsonTexts: fc.Arbitrary<string> = fc
  .array(fc.tuple(rootValue, fc.constantFrom('\n', '', ' \n', ' ', '\r\n')), { maxLength: 6 })
  .map((documents) => documents.map(([text, gap]) => text + (gap === '' && !/^["{[]/.test(text) ? '\n' : gap)).join(''));

const functions: StringRule[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => `${text}"\\é\u0001`,
  (text, context) => context.prefix + text,
];
/** Owned by what stands in the middle. */
const ownRule: StringRule = { own: (text) => (text.includes('mo01-') ? text.replace('demo01-', '"') : undefined) };
const keyRules: KeyRule[] = [
  (key) => key,
  (key) => (key === 'a' ? null : key),
  (key) => `${key}"2`,
  (key) => (key.length > 2 ? null : `\n${key}`),
  () => null,
];
const captures: Capture[] = [
  { run: (json) => json },
  { run: () => null },
  { run: (json) => `[${json}]`, unlessHolding: 'prefix' },
  { run: (json) => (json.length % 2 === 0 ? null : '"é"'), unlessHolding: 'identity' },
  { run: (json) => (json.startsWith('"') ? null : json) },
];

const leaf: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<StringRule>('add', 'strip', 'own', 'own', ownRule, ...functions).map((string) => ({ string })) },
  { weight: 1, arbitrary: fc.constantFrom(...captures).map((capture) => ({ capture })) },
  { weight: 1, arbitrary: fc.constantFrom<Plan>({ drop: true }, {}) },
);

const plans = fc.letrec<{ plan: Plan; inner: Plan }>((tie) => ({
  plan: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, tie('inner')),
  inner: fc.record(
    {
      fields: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('plan')), { maxLength: 4, selector: ([key]) => key })
        .map((entries) => Object.fromEntries(entries)),
      others: tie('plan'),
      items: tie('plan'),
      string: rarely(fc.constantFrom<StringRule>('strip', 'own')),
      key: rarely(fc.constantFrom(...keyRules)),
      unit: rarely(fc.constantFrom({ unowned: 'keep' as const }, { unowned: 'foreign' as const })),
      byKind: rarely(fc.record({ Pod: tie('plan'), List: tie('plan') }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  ),
}));

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** Some plans reach themselves. */
export const anyPlan: fc.Arbitrary<Plan> = fc.tuple(plans.inner, fc.nat(5)).map(([plan, shape]) => {
  const cyclic: { -readonly [K in keyof Plan]: Plan[K] } = { ...plan };
  if (shape === 0) cyclic.items = cyclic;
  if (shape === 1) cyclic.others = cyclic;
  if (shape === 2) cyclic.fields = { ...plan.fields, a: cyclic, items: { items: cyclic } };
  return cyclic;
});

/** Lengths of chunks, repeated until the input is used up. */
export const chunking: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
  fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
);

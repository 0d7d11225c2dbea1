import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../src/errors.ts';
import { findDuplicateKeys } from '../../../src/tenant-api/find-duplicate-keys.ts';
import { parseJson, parseYaml } from '../../../src/tenant-api/parse-text.ts';

const isBadRequest = (pattern: RegExp) => (error: unknown) =>
  error instanceof KubeError && error.code === 400 && pattern.test(error.message);

describe('findDuplicateKeys', () => {
  const cases: [json: string, duplicates: string[]][] = [
    ['{}', []],
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a":{"b":1},"c":{"b":1}}', []],
    ['{"a":{"b":1,"b":[],"b":{}}}', ['a.b', 'a.b']],
    ['[{"a":1},{"a":1,"a":2}]', ['[1].a']],
    ['{"l":[1,"x,{\\"a\\":1",{"k":1,"k":1}]}', ['l[2].k']],
    ['{"a":"}{","a":"\\\\"}', ['a']],
    ['"a"', []],
  ];
  for (const [json, duplicates] of cases)
    it(`${json} → ${duplicates.join() || 'none'}`, () => assert.deepEqual(findDuplicateKeys(json), duplicates));

  it('finds none in what JSON.stringify wrote', () => {
    // That key is refused, see below.
    const values = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__":'));
    fc.assert(fc.property(values, (value) => assert.deepEqual(findDuplicateKeys(JSON.stringify(value)), [])));
  });

  it('refuses nesting that would overflow the stack later, in time that grows with the text only', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    assert.throws(() => findDuplicateKeys(deep), isBadRequest(/nested deeper/));
    assert.deepEqual(findDuplicateKeys('['.repeat(500) + ']'.repeat(500)), []);
  });

  it('refuses a key that would change the prototype', () => {
    assert.throws(() => findDuplicateKeys('{"metadata":{"labels":{"__proto__":"x"}}}'), isBadRequest(/__proto__/));
    assert.throws(() => findDuplicateKeys('{"\\u005f_proto__":{}}'), isBadRequest(/__proto__/));
    assert.deepEqual(findDuplicateKeys('{"a":"__proto__"}'), []);
  });
});

describe('parseJson and parseYaml', () => {
  it('agree with each other', () => {
    const text = '{"a":{"b":[1,"x",null,true]},"c":"2020-01-01"}';
    assert.deepEqual(parseYaml(Buffer.from(text)), parseJson(Buffer.from(text)));
  });

  it('read YAML as Kubernetes objects are written', () => {
    const text = 'a: &x {b: yes}\nc: {<<: *x, d: 2020-01-01}\n"e": |\n  line\n';
    assert.deepEqual(parseYaml(Buffer.from(text)).value, { a: { b: 'yes' }, c: { b: 'yes', d: '2020-01-01' }, e: 'line\n' });
  });

  it('name the duplicates with the line they stand in', () => {
    const { duplicates } = parseYaml(Buffer.from('spec: {}\nmetadata: {labels: {a: 1, a: 2}}\nspec: {}\n'));
    assert.deepEqual(duplicates, [
      'yaml: unmarshal errors:\n  line 2: key "a" already set in map\n  line 3: key "spec" already set in map',
    ]);
    assert.deepEqual(parseJson(Buffer.from('{"a":{"b":1,"b":2}}')).duplicates, ['duplicate field "a.b"']);
  });

  for (const text of ['a: b: c', '[', 'a: 1\n---\nb: 2', 'a: *nope']) {
    it(`take ${JSON.stringify(text)} for no YAML`, () => assert.throws(() => parseYaml(Buffer.from(text))));
  }

  it('take an empty document for an empty object', () => {
    assert.deepEqual([parseYaml(Buffer.from('')).value, parseYaml(Buffer.from('# only\n')).value], [{}, {}]);
  });

  it('refuse aliases that unfold without end', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let n = 1; n < 9; n++) lines.push(`a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}*a${n - 1}]`);
    assert.throws(() => parseYaml(Buffer.from(lines.join('\n'))), /alias/i);
  });

  it('refuse what is no UTF-8', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), isBadRequest(/UTF-8/));
  });

  it('refuse deep YAML, too', () => {
    assert.throws(() => parseYaml(Buffer.from('['.repeat(20_000) + ']'.repeat(20_000))));
  });
});

import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { YamlError, yamlToJson } from '../../../src/translate/parse-yaml.ts';

describe('yamlToJson', () => {
  const scalars: readonly (readonly [yaml: string, json: string])[] = [
    ['yes', 'true'],
    ['"yes"', '"yes"'],
    ['Off', 'false'],
    ['~', 'null'],
    ['0644', '420'],
    ['0o17', '15'],
    ['0x1F', '31'],
    ['0b11', '3'],
    ['1_000', '1000'],
    ['-3', '-3'],
    ['+5', '5'],
    ['08', '8'],
    ['1.0', '1'],
    ['.5', '0.5'],
    ['1e3', '1000'],
    ['9223372036854775807', '9223372036854775807'],
    ['18446744073709551615', '18446744073709551615'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551616', '18446744073709552000'],
    ['2001-01-01', '"2001-01-01"'],
    ['1:30', '"1:30"'],
    ['1.2.3', '"1.2.3"'],
    ['.foo', '".foo"'],
    ['!!str 3', '"3"'],
    ['!!int "3"', '3'],
    ['!!binary aGk=', '"hi"'],
    ['!custom 3', '"3"'],
    ['|\n  a\n  b\n', '"a\\nb\\n"'],
  ];
  for (const [yaml, json] of scalars) {
    it(`reads ${JSON.stringify(yaml)} as upstream does`, () => assert.equal(yamlToJson(`v: ${yaml}`), `{"v":${json}}`));
  }

  it('keeps JSON as it is', () => assert.equal(yamlToJson('{"a": 1.0, "b": 9007199254740993}'), '{"a": 1.0, "b": 9007199254740993}'));

  it('resolves anchors where they stand, and merges in order', () => {
    assert.equal(yamlToJson('a: &o {i: &x 1, j: *x}\nb: &x 2\nc: *o\nd: *x\n'), '{"a":{"i":1,"j":1},"b":2,"c":{"i":1,"j":1},"d":2}');
    assert.equal(yamlToJson('x: &a {k: v, l: 1}\nb:\n  <<: *a\n  l: 2\n'), '{"x":{"k":"v","l":1},"b":{"k":"v","l":2}}');
    assert.equal(yamlToJson('x: &a {k: 1}\nz: &b {k: 2, m: 3}\nc: {<<: [*a, *b]}\n'), '{"x":{"k":1},"z":{"k":2,"m":3},"c":{"k":1,"m":3}}');
  });

  it('makes keys of what is no string', () =>
    assert.equal(yamlToJson('1: a\ntrue: b\n__proto__: c\n'), '{"1":"a","true":"b","__proto__":"c"}'));

  it('takes the first document', () => {
    assert.equal(yamlToJson('---\na: 1\n---\nb: 2\n'), '{"a":1}');
    assert.equal(yamlToJson(''), 'null');
  });

  it('keeps a key that stands twice, and the lines of all keys then', () => {
    assert.equal(yamlToJson('a: 1\na: 2\n'), '{"a":1,\n"a":2}');
    assert.equal(yamlToJson('b:\n  c: {d: 1}\n\n  c: 2\ne: 3\n'), '{"b":{\n"c":{"d":1},\n\n"c":2},\n"e":3}');
    const merged = 'x: &x {a: 1, b: 2}\nv:\n  a: 3\n  <<: *x\n  b: 4\nz: 1\nz: 2\n';
    assert.equal(yamlToJson(merged), '{"x":{"a":1,"b":2},\n"v":{"a":1,\n\n"b":4},\n"z":1,\n"z":2}');
  });

  const wrong: readonly (readonly [label: string, yaml: string])[] = [
    ['nested mappings on one line', 'a: b: c'],
    ['what is not closed', 'a: [1, 2'],
    ['tabs', '\ta: b'],
    ['an unknown anchor', 'a: *nope'],
    ['an anchor inside of itself', 'a: &x [*x]'],
    ['numbers that JSON does not have', 'a: .inf'],
    ['a key that is no scalar', '? [a]\n: b'],
    ['a wrong tag', 'a: !!int x'],
    ['more depth than a stack', '['.repeat(3000)],
  ];
  for (const [label, yaml] of wrong) {
    it(`refuses ${label}`, function () {
      // mocha keeps whole stacks, which makes a full one slow.
      this.timeout(120_000);
      assert.throws(() => yamlToJson(yaml), YamlError);
    });
  }

  it('refuses what aliases make too large, early', function () {
    this.timeout(120_000);
    const lol = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 0; level < 9; level++) {
      const [from, to] = ['abcdefghij'[level], 'abcdefghij'[level + 1]];
      lol.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(',')}]`);
    }
    const long = `a: &a ${'x'.repeat(200_000)}\nb: [${'*a,'.repeat(1000)}]`;
    for (const bomb of [lol.join('\n'), long]) {
      const start = performance.now();
      assert.throws(
        () => yamlToJson(bomb),
        (error) => error instanceof KubeError && error.code === 413,
      );
      assert.ok(performance.now() - start < 10_000);
    }
  });

  it('refuses more than it can parse while others wait', () => {
    const text = `a: ${'x'.repeat(300_000)}`;
    assert.throws(
      () => yamlToJson(text),
      (error) => error instanceof KubeError && error.code === 413 && /sent as JSON/.test(error.message),
    );
  });
});

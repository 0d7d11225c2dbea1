import assert from 'node:assert/strict';
import { compilePlan, JsonRewriter, rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import type { Plan } from '../../../src/translate/engine/plan.ts';
import { DROPPING } from './arbitraries.ts';
import { runChunks } from './run-chunks.ts';

/** Rewrites in one piece and byte by byte. */
function rewrite(plan: Plan, json: string): string {
  const compiled = compilePlan(plan);
  const whole = rewriteJson(compiled, DROPPING, json).toString();
  assert.equal(runChunks(compiled, DROPPING, Buffer.from(json), [1]).toString(), whole);
  return whole;
}

const name = (rule: Plan): Plan => ({ fields: { name: rule } });

describe('JSON rewriter: rules', () => {
  it('adds the prefix, but not to an empty string', () => {
    const plan: Plan = { items: { string: 'add' } };
    assert.equal(
      rewrite(plan, '["web", "", "\\u0061\\n", "demo01-x", 1, null]'),
      '["demo01-web", "", "demo01-\\u0061\\n", "demo01-demo01-x", 1, null]',
    );
  });

  it('strips the prefix where a name follows', () => {
    const plan: Plan = { items: { string: 'strip' } };
    assert.equal(
      rewrite(plan, '["demo01-web","demo01-","demo01","demo012x","web","demo01-demo01-x"]'),
      '["web","demo01-","demo01","demo012x","web","demo01-x"]',
    );
  });

  it('knows the prefix when it is written with escapes, and leaves the rest as it is', () => {
    const plan: Plan = { items: { string: 'strip' } };
    assert.equal(
      rewrite(plan, '["d\\u0065mo01-w\\u0065b","\\u0064emo01\\u002D\\ud83d\\ude00","d\\u0065mo02-x","demo01\\/x"]'),
      '["w\\u0065b","\\ud83d\\ude00","d\\u0065mo02-x","demo01\\/x"]',
    );
  });

  it('knows a key when it is written with escapes', () => {
    assert.equal(
      rewrite(name({ string: 'strip' }), '{"n\\u0061me":"demo01-a","\\u006e\\u0061\\u006d\\u0065":"demo01-b"}'),
      '{"n\\u0061me":"a","\\u006e\\u0061\\u006d\\u0065":"b"}',
    );
  });

  it('rewrites every occurrence of a duplicate key', () => {
    assert.equal(rewrite(name({ string: 'add' }), '{"name":"a","name":"b"}'), '{"name":"demo01-a","name":"demo01-b"}');
  });

  it('tells keys apart by case and by every letter', () => {
    const json = '{"Name":"demo01-a","names":"demo01-b","nam":"demo01-c","name ":"demo01-d","":"demo01-e","nbme":"demo01-f"}';
    assert.equal(rewrite(name({ string: 'strip' }), json), json);
  });

  it('takes "__proto__" and an empty key for keys like others', () => {
    const fields = Object.fromEntries([
      ['__proto__', { string: 'strip' } as Plan],
      ['', { string: 'strip' } as Plan],
    ]);
    assert.equal(rewrite({ fields }, '{"__proto__":"demo01-a","":"demo01-b"}'), '{"__proto__":"a","":"b"}');
    assert.equal(
      rewrite(name({ string: 'strip' }), '{"__proto__":"demo01-a","constructor":"demo01-b"}'),
      '{"__proto__":"demo01-a","constructor":"demo01-b"}',
    );
  });

  it('gives hooks the decoded string, and leaves the bytes when they return it', () => {
    const seen: string[] = [];
    const plan: Plan = {
      items: {
        string: (text) => {
          seen.push(text);
          return text === 'x' ? 'a"\\\u0001é' : text;
        },
      },
    };
    assert.equal(
      rewriteJson(compilePlan(plan), DROPPING, '["\\ud83d\\ude00\\n","x","\\u00e9"]').toString(),
      '["\\ud83d\\ude00\\n","a\\"\\\\\\u0001é","\\u00e9"]',
    );
    assert.deepEqual(seen, ['😀\n', 'x', 'é']);
  });

  it('renames and leaves out keys, with their commas', () => {
    const plan: Plan = { key: (key) => (key.startsWith('hidden') ? null : key === 'a' ? 'A"' : key) };
    assert.equal(rewrite(plan, '{"hidden1":{"x":[1]},"a":1,"hidden2":2,"b":3,"hidden3":4}'), '{"A\\"":1,"b":3}');
    assert.equal(rewrite(plan, '{ "hidden1" : 1 , "b" : 2 , "hidden2" : 3 }'), '{  "b" : 2  }');
    assert.equal(rewrite(plan, '{"hidden1":1,"hidden2":2}'), '{}');
  });

  it('looks fields up by the key as it came in', () => {
    const plan: Plan = { key: () => 'other', fields: { name: { string: 'strip' }, other: { string: 'add' } } };
    assert.equal(rewrite(plan, '{"name":"demo01-a"}'), '{"other":"a"}');
  });

  it('leaves out members and elements of any kind', () => {
    const plan: Plan = { fields: { gone: { drop: true }, list: { items: { drop: true } } } };
    assert.equal(rewrite(plan, '{"gone":[1,{"a":"}"}],"a":1,"gone":"\\"","list":[1,"x",{}],"gone":null}'), '{"a":1,"list":[]}');
  });

  it('hands captured values over as their text, numbers and all', () => {
    const seen: string[] = [];
    const plan: Plan = {
      fields: {
        c: {
          capture: {
            run: (json) => {
              seen.push(json);
              return json === '{ "n" : 9007199254740993 }' ? '{"n":1e400}' : json === '0' ? null : json;
            },
          },
        },
      },
    };
    assert.equal(
      rewriteJson(compilePlan(plan), DROPPING, '{"c":{ "n" : 9007199254740993 },"c":0,"c":"\\u0061"}').toString(),
      '{"c":{"n":1e400},"c":"\\u0061"}',
    );
    assert.deepEqual(seen, ['{ "n" : 9007199254740993 }', '0', '"\\u0061"']);
  });

  it('spares the hook what cannot concern it', () => {
    for (const [unlessHolding, expected] of [
      ['prefix', 'p b '],
      ['identity', 'p i b '],
    ] as const) {
      let seen = '';
      const run = (json: string) => {
        seen += `${json.charAt(1)} `;
        return json;
      };
      const plan = compilePlan({ items: { capture: { run, unlessHolding } } });
      const filler = 'd'.repeat(600);
      const json = '["p demo01-x","i kubezoo:demo01:ann","b d\\u0065mo01-","n demo02-x","n kubezoo:demo02:ann","n demo01"]';
      rewriteJson(plan, DROPPING, json);
      assert.equal(seen, expected);
      seen = '';
      // The same in long values, which are searched in another way.
      rewriteJson(plan, DROPPING, json.replaceAll('",', ` ${filler}",`));
      assert.equal(seen, expected);
    }
  });

  it('keeps numbers, white space, order and escapes of all that it does not name', () => {
    const json = ' {"z" : 9007199254740993,\r\n\t"a":[ 1e400 ,-0.0, 12E+7],"é\\u00e9\\/":"\\ud800","":{ } , "l":[ ]}\n';
    assert.equal(rewrite({ fields: { name: { string: 'add' } } }, json), json);
    assert.equal(rewrite({ others: { others: { string: 'add' } }, key: (key) => key }, json), json);
  });

  it('returns the very chunk where nothing changes', () => {
    const chunk = Buffer.from('{"a":{"b":["c",1,true,{"d":"e"}]}}');
    const rewriter = new JsonRewriter(compilePlan({ fields: { x: { string: 'add' } } }), DROPPING);
    assert.equal(rewriter.write(chunk), chunk);
    assert.equal(rewriter.end().length, 0);
    const bytes = new Uint8Array(chunk);
    assert.equal(new JsonRewriter(compilePlan({}), DROPPING).write(bytes), bytes);
    assert.notEqual(new JsonRewriter(compilePlan({ fields: { a: { drop: true } } }), DROPPING).write(chunk), chunk);
  });

  it('refuses a prefix that could not be compared byte by byte', () => {
    for (const prefix of ['', 'a"', 'a\\', 'é-', 'a\n'])
      assert.throws(() => new JsonRewriter(compilePlan({}), { ...DROPPING, prefix }), RangeError);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CaptureLimitError,
  compilePlan,
  JsonRewriter,
  JsonSyntaxError,
  type RewriterOptions,
  rewriteJson,
} from '../../../src/translate/engine/json-rewriter.ts';
import type { Plan } from '../../../src/translate/engine/plan.ts';
import { anyPlan, chunking, DROPPING, jsonText } from './arbitraries.ts';
import { runChunks } from './run-chunks.ts';

const plans: Record<string, Plan> = {
  'read over': {},
  'walked through': {
    key: (key) => key,
    others: { key: (key) => key, items: { string: (text) => text } },
    items: { key: (key) => key, others: { string: 'strip' } },
  },
  captured: { capture: { run: (json) => json } },
};

describe('JSON rewriter: errors', () => {
  const cases: [text: string, offset: number, problem: RegExp][] = [
    ['', 0, /end of input instead of a value/],
    [' \n', 2, /end of input/],
    ['{', 1, /end of input/],
    ['{"a":1', 6, /end of input/],
    ['{"a":"b', 7, /end of input/],
    ['{"a":"b\\u00', 11, /end of input/],
    ['{"a" 1}', 5, /'1' instead of ':'/],
    ['{"a":}', 5, /'}' instead of a value/],
    ['{"a":1,}', 7, /'}' instead of a key/],
    ['{,"a":1}', 1, /',' instead of a key/],
    ["{'a':1}", 1, /''' instead of a key/],
    ['{"a":1]', 6, /']' instead of/],
    ['[1}', 2, /'}' instead of/],
    ['[1,]', 3, /']' instead of a value/],
    ['[,1]', 1, /',' instead of/],
    ['[1 2]', 3, /'2' instead of/],
    ['{"a":1 "b":2}', 7, /'"' instead of/],
    ['{"a":01}', 6, /'1' instead of/],
    ['{"a":-}', 6, /'}' instead of the rest of a number/],
    ['{"a":1.}', 7, /'}' instead of the rest of a number/],
    ['{"a":1e+}', 8, /'}' instead of the rest of a number/],
    ['{"a":+1}', 5, /'\+' instead of a value/],
    ['{"a":tru}', 8, /'}' instead of the rest of a number or literal/],
    ['{"a":NaN}', 5, /'N' instead of a value/],
    ['{"a":"\n"}', 6, /a control character/],
    ['{"a\u0000":1}', 3, /a control character/],
    ['{"a":"\\x"}', 7, /an unknown escape/],
    ['{"a":"\\u12g4"}', 10, /hexadecimal/],
    ['{"a":1}x', 7, /'x' instead of the end of the input/],
    ['{} {}', 3, /'{' instead of the end of the input/],
    ['{}]', 2, /']' instead of the end of the input/],
    [']', 0, /']' instead of a value/],
    ['\ufeff{}', 0, /byte 0xef instead of a value/],
  ];

  for (const [mode, plan] of Object.entries(plans)) {
    it(`says what is wrong, and where, in what is ${mode}`, () => {
      const compiled = compilePlan(plan);
      for (const [text, offset, problem] of cases) {
        for (const lengths of [[text.length || 1], [1], [3]]) {
          assert.throws(
            () => runChunks(compiled, DROPPING, Buffer.from(text), lengths),
            (error: unknown) => {
              assert.ok(error instanceof JsonSyntaxError, `${text}: ${error}`);
              assert.equal(error.offset, offset, `${text}: ${error}`);
              assert.match(error.message, problem, text);
              return true;
            },
          );
        }
      }
    });
  }

  it('takes the numbers that JSON.parse takes', () => {
    const signs = ['', '-', '+', '--'];
    const integers = ['', '0', '7', '10', '00', '07', '1a', 'x'];
    const fractions = ['', '.', '.5', '.05', '.5.5', '.e', ',5'];
    const exponents = ['', 'e', 'e5', 'E+05', 'e-0', 'e+', 'e5e5', 'e1.5'];
    const plan = compilePlan({});
    const takes = (parse: () => unknown) => {
      try {
        parse();
        return true;
      } catch (error) {
        assert.ok(error instanceof SyntaxError || error instanceof JsonSyntaxError);
        return false;
      }
    };
    let taken = 0;
    for (const sign of signs)
      for (const integer of integers)
        for (const fraction of fractions)
          for (const exponent of exponents) {
            const text = `{"n":${sign}${integer}${fraction}${exponent}}`;
            const expected = takes(() => JSON.parse(text));
            taken += Number(expected);
            for (const lengths of [[99], [1]])
              assert.equal(
                takes(() => runChunks(plan, DROPPING, Buffer.from(text), lengths)),
                expected,
                text,
              );
          }
    assert.ok(taken > 20);
  });

  it('takes no documents for many documents, but not half of one', () => {
    const plan = compilePlan({});
    assert.equal(rewriteJson(plan, DROPPING, '', { documents: 'many' }).length, 0);
    assert.equal(rewriteJson(plan, DROPPING, ' \n', { documents: 'many' }).toString(), ' \n');
    assert.equal(rewriteJson(plan, DROPPING, '{}{"a":1}\n[]"x"1 2\nnull', { documents: 'many' }).toString(), '{}{"a":1}\n[]"x"1 2\nnull');
    for (const text of ['{}{', '{}x', '1{}', '{},{}', 'nulltrue'])
      assert.throws(() => rewriteJson(plan, DROPPING, text, { documents: 'many' }), JsonSyntaxError, text);
  });

  it('goes as deep as Go, and not deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const walked: { -readonly [K in keyof Plan]: Plan[K] } = { string: 'strip' };
    walked.items = walked;
    for (const plan of [{}, walked]) {
      assert.equal(rewriteJson(compilePlan(plan), DROPPING, nested(10_000)).toString(), nested(10_000));
      assert.throws(() => rewriteJson(compilePlan(plan), DROPPING, nested(10_001)), /invalid JSON at byte 10000: nested deeper than 10000/);
    }
    assert.throws(() => rewriteJson(compilePlan({}), DROPPING, nested(3), { maxDepth: 2 }), JsonSyntaxError);
  });

  it('throws the same again, and takes nothing after the end', () => {
    const rewriter = new JsonRewriter(compilePlan({}), DROPPING);
    assert.throws(() => rewriter.write(Buffer.from('}')), JsonSyntaxError);
    assert.throws(() => rewriter.write(Buffer.from('{}')), JsonSyntaxError);
    const ended = new JsonRewriter(compilePlan({}), DROPPING);
    ended.write(Buffer.from('{}'));
    ended.end();
    assert.throws(() => ended.write(Buffer.from(' ')), /has ended/);
  });

  it('lets through what a hook throws', () => {
    const fault = new Error('hook');
    const plan = compilePlan({
      string: () => {
        throw fault;
      },
    });
    assert.throws(() => rewriteJson(plan, DROPPING, '"x"'), fault);
  });
});

describe('JSON rewriter: limits', () => {
  const fails = (plan: Plan, text: string, options: RewriterOptions, what: RegExp) => {
    for (const lengths of [[text.length], [1], [5]]) {
      assert.throws(
        () => runChunks(compilePlan(plan), DROPPING, Buffer.from(text), lengths, options),
        (error: unknown) => error instanceof CaptureLimitError && what.test(error.message),
      );
    }
  };
  const passes = (plan: Plan, text: string, options: RewriterOptions) => {
    for (const lengths of [[text.length], [1], [5]]) runChunks(compilePlan(plan), DROPPING, Buffer.from(text), lengths, options);
  };

  it('bounds keys, strings and captured values', () => {
    const options = { maxCapture: 20 };
    const at = 'x'.repeat(18);
    for (const plan of [{ string: 'add' }, { string: (text: string) => text }] as Plan[]) {
      passes(plan, `"${at}"`, options);
      fails(plan, `"${at}x"`, options, /a key, string or captured value is larger than 20 bytes/);
    }
    passes({ fields: { a: { string: 'add' } } }, `{"${at}":1}`, options);
    fails({ fields: { a: { string: 'add' } } }, `{"${at}x":1}`, options, /larger than 20/);
    passes({ items: { capture: { run: (json) => json } } }, `["${at}"]`, options);
    fails({ items: { capture: { run: (json) => json } } }, `["${at}x"]`, options, /larger than 20/);
    fails({ items: { drop: true } }, `[1, ${' '.repeat(30)}2]`, options, /larger than 20/);
    fails({ items: { drop: true } }, `[${' '.repeat(30)}]`, options, /larger than 20/);
  });

  it('does not bound what streams through', () => {
    const text = `{"${'k'.repeat(100)}":"${'v'.repeat(100)}"}`;
    assert.equal(runChunks(compilePlan({}), DROPPING, Buffer.from(text), [1], { maxCapture: 20, maxUnit: 20 }).toString(), text);
  });

  it('bounds what is read of a unit before its owner is known', () => {
    const plan: Plan = { items: { unit: { unowned: 'keep' }, fields: { n: { string: 'own' } } } };
    const unit = (before: number, after: number) => `[{"x":"${'x'.repeat(before)}","n":"demo01-a","y":"${'y'.repeat(after)}"}]`;
    passes(plan, unit(10, 500), { maxUnit: 40 });
    fails(plan, unit(50, 0), { maxUnit: 40 }, /before its namespace is larger than 40 bytes/);
    fails(plan, unit(50, 0).replace('demo01', 'demo02'), { maxUnit: 40 }, /larger than 40/);
    fails(plan, unit(50, 0).replace('"n"', '"m"'), { maxUnit: 40 }, /larger than 40/);
  });

  it('does not bound what could have been left out, but stays', () => {
    const plan: Plan = { items: { byKind: { A: { drop: true } }, fields: { n: { string: 'add' } } } };
    passes(plan, `[{"kind":"B","n":"x","y":"${'y'.repeat(500)}"}]`, { maxCapture: 40 });
    passes(plan, `[{"kind":"A","n":"x","y":"${'y'.repeat(500)}"}]`, { maxCapture: 40 });
  });

  it('bounds the search for the kind', () => {
    const plan: Plan = { byKind: { A: { drop: true } } };
    passes(plan, `{${' '.repeat(4000)}"kind":"A"}`, {});
    fails(plan, `{${' '.repeat(4096)}"kind":"A"}`, {}, /before the kind/);
    passes(plan, `{"${'k'.repeat(5000)}":1}`, {});
  });

  it('fails alike in any chunking', () => {
    const limits = fc.record({ maxCapture: fc.integer({ min: 8, max: 60 }), maxUnit: fc.integer({ min: 8, max: 120 }) });
    const outcome = (plan: Plan, text: string, lengths: number[], options: RewriterOptions) => {
      try {
        return runChunks(compilePlan(plan), DROPPING, Buffer.from(text), lengths, options).toString();
      } catch {
        return undefined;
      }
    };
    let failed = 0;
    fc.assert(
      fc.property(anyPlan, jsonText, chunking, limits, (plan, text, lengths, options) => {
        const whole = outcome(plan, text, [text.length * 3 + 1], options);
        if (whole === undefined) failed++;
        assert.equal(outcome(plan, text, lengths, options), whole);
      }),
      { numRuns: Number(process.env.FC_RUNS ?? 1500) },
    );
    assert.ok(failed > 50, `only ${failed} runs met a limit`);
  }).timeout(120_000);
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePlan, ForeignObjectError, JsonSyntaxError, rewriteJson } from '../../../src/translate/engine/json-rewriter.ts';
import type { Plan, PlanContext } from '../../../src/translate/engine/plan.ts';
import { anyPlan, CUTTING, chunking, DROPPING, jsonText, jsonTexts } from './arbitraries.ts';
import { ReferenceForeign, rewriteByReference } from './reference-rewriter.ts';
import { runChunks } from './run-chunks.ts';

const RUNS = Number(process.env.FC_RUNS ?? 1500);

/** Output, or the name of what went wrong. */
function outcome(run: () => Buffer | string): string {
  try {
    return `output: ${run().toString()}`;
  } catch (error) {
    if (error instanceof ForeignObjectError || error instanceof ReferenceForeign) return 'foreign';
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError) return 'syntax';
    throw error;
  }
}

function assertLikeReference(plan: Plan, context: PlanContext, text: string, lengths: number[], many: boolean): void {
  const expected = outcome(() => rewriteByReference(plan, context, text, many));
  const compiled = compilePlan(plan);
  const input = Buffer.from(text);
  const options = { documents: many ? ('many' as const) : ('one' as const) };
  for (const chunks of [[input.length || 1], [1], lengths]) {
    assert.equal(
      outcome(() => runChunks(compiled, context, input, chunks, options)),
      expected,
    );
  }
}

describe('JSON rewriter, against the reference', function () {
  this.timeout(120_000);

  it('does what the plan says, in any chunking', () => {
    fc.assert(
      fc.property(anyPlan, jsonText, chunking, fc.boolean(), (plan, text, lengths, cut) =>
        assertLikeReference(plan, cut ? CUTTING : DROPPING, text, lengths, false),
      ),
      { numRuns: RUNS },
    );
  });

  it('does so for documents in a row', () => {
    fc.assert(
      fc.property(anyPlan, jsonTexts, chunking, (plan, text, lengths) => assertLikeReference(plan, DROPPING, text, lengths, true)),
      { numRuns: RUNS },
    );
  });

  it('leaves every byte as it is where the plan says nothing', () => {
    const plan = compilePlan({ fields: { a: {}, items: { items: {} } }, others: {} });
    fc.assert(
      fc.property(jsonText, chunking, (text, lengths) => {
        assert.equal(runChunks(plan, DROPPING, Buffer.from(text), lengths).toString(), text);
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves every byte as it is where hooks change nothing', () => {
    const same: Plan = { key: (key) => key, string: (text) => text };
    const plan: { -readonly [K in keyof Plan]: Plan[K] } = { ...same };
    plan.others = plan;
    plan.items = plan;
    const compiled = compilePlan(plan);
    fc.assert(
      fc.property(jsonText, chunking, (text, lengths) => {
        assert.equal(runChunks(compiled, DROPPING, Buffer.from(text), lengths).toString(), text);
      }),
      { numRuns: RUNS },
    );
  });

  it('refuses what is not JSON, and only that', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.nat(3),
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', 't', ' ', '\u0001', '.', 'u'),
    );
    fc.assert(
      fc.property(anyPlan, jsonText, fc.array(damage, { minLength: 1, maxLength: 3 }), chunking, (plan, whole, edits, lengths) => {
        let text = whole;
        for (const [where, cut, put] of edits) {
          const at = where % (text.length + 1);
          text = text.slice(0, at) + (cut === 3 ? '' : put) + text.slice(at + (cut % 3));
        }
        const isJson = outcome(() => rewriteByReference({}, DROPPING, text, false)) !== 'syntax';
        const input = Buffer.from(text);
        const got = outcome(() => runChunks(compilePlan(plan), DROPPING, input, lengths));
        if (isJson)
          assert.equal(
            got,
            outcome(() => rewriteByReference(plan, DROPPING, input.toString(), false)),
          );
        else assert.notEqual(got.slice(0, 6), 'output');
        assert.equal(outcome(() => rewriteJson(compilePlan({}), DROPPING, input)) === 'syntax', !isJson);
      }),
      { numRuns: RUNS },
    );
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const soup = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '1',
        '-',
        '0',
        '1.5e3',
        'true',
        'nul',
        'null',
        ' ',
        '\\',
        '\\u00',
        'e',
        '.',
        '+',
        '\t',
      ),
      { maxLength: 9 },
    );
    const plan = compilePlan({});
    fc.assert(
      fc.property(soup, chunking, (parts, lengths) => {
        const text = parts.join('');
        const expected = outcome(() => String(JSON.parse(text)).slice(0, 0));
        const got = outcome(() => runChunks(plan, DROPPING, Buffer.from(text), lengths).subarray(0, 0));
        assert.equal(got, expected);
      }),
      { numRuns: RUNS * 4 },
    );
  });

  it('would notice a wrong plan', () => {
    const text = '{"metadata":{"namespace":"demo01-default"}}';
    const right: Plan = { fields: { metadata: { fields: { namespace: { string: 'own' } } } } };
    const wrong: Plan = { fields: { metadata: { fields: { namespaces: { string: 'own' } } } } };
    assert.equal(rewriteJson(compilePlan(right), DROPPING, text).toString(), rewriteByReference(right, DROPPING, text, false));
    assert.notEqual(rewriteJson(compilePlan(wrong), DROPPING, text).toString(), rewriteByReference(right, DROPPING, text, false));
  });
});

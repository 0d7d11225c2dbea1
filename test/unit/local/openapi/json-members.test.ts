import assert from 'node:assert/strict';
import fc from 'fast-check';
import { membersOf } from '../../../../src/local/openapi/json-members.ts';

describe('membersOf', () => {
  it('finds each member of any object, however it is written', function () {
    this.timeout(120_000);
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        // A parsed object, because `__proto__` as a key is only a key in JSON.
        const expected = Object.entries(JSON.parse(JSON.stringify(value)) as object);
        const json = Buffer.from(JSON.stringify(value, null, indent));
        const found = membersOf(json, 0).map(({ key, valueStart, end }) => [key, JSON.parse(json.toString('utf8', valueStart, end))]);
        assert.deepEqual(found, expected);
      }),
      { numRuns: 200 },
    );
  });

  it('reads an object in the midst of a text', () => {
    const json = Buffer.from('{"a":{"b":"}\\"{","c":[1,{}]},"d":2}');
    const [a] = membersOf(json, 0);
    assert.deepEqual(
      membersOf(json, a!.valueStart).map(({ start, end }) => json.toString('utf8', start, end)),
      ['"b":"}\\"{"', '"c":[1,{}]'],
    );
  });

  for (const text of ['', '[]', '{', '{"a"', '{"a":', '{"a":1', '{"a":"x', '{"a":{}', '{"a" 1}', '{"a\\":1}']) {
    it(`throws at ${text || 'nothing'}`, () => {
      assert.throws(() => membersOf(Buffer.from(text), 0));
    });
  }
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isJsonObject, parseLossless, printLossless } from '../../../src/translate/lossless-json.ts';

describe('lossless JSON', () => {
  it('keeps every number as it was written', () => {
    const text = '[0,-0,1,1.0,1e2,1E+2,9007199254740993,-9223372036854775808,18446744073709551615,0.1,1e400,123456789.123456789]';
    assert.equal(printLossless(parseLossless(text)), text);
  });

  it('keeps members by whatever name', () => {
    const text = '{"__proto__":{"a":1.0},"constructor":2,"toString":"x"}';
    assert.equal(printLossless(parseLossless(text)), text);
    assert.equal(Object.getPrototypeOf(parseLossless(text)), Object.prototype);
  });

  it('is JSON in all else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) =>
        assert.deepEqual(parseLossless(JSON.stringify(value)), JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  it('lets the last of two members count', () => assert.equal(printLossless(parseLossless('{"a":1,"b":2,"a":3.0}')), '{"a":3.0,"b":2}'));

  it('tells objects from what only looks like one', () => {
    const [number, array, object] = parseLossless('[1.0,[],{}]') as unknown[];
    assert.deepEqual([number, array, object, null, 'x'].map(isJsonObject), [false, false, true, false, false]);
  });

  it('reads keys as they are, whatever was read before', () => {
    // What V8 takes the second for, having met the first at the same place.
    parseLossless('{"kind":"x","\\\\u006eame":1}');
    assert.deepEqual(parseLossless('{"kind":"x","\\u006eamespace":"demo02"}'), { kind: 'x', namespace: 'demo02' });
    parseLossless('{"kind":"x","\\\\":1}');
    assert.deepEqual(parseLossless('{"kind":"x","\\u0061" : 1}'), { kind: 'x', a: 1 });
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indentJson } from '../../../src/kube/indent-json.ts';

describe('indentJson', () => {
  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const compact = JSON.stringify(JSON.parse(json));
        assert.equal(indentJson(Buffer.from(`${compact}\n`)).toString(), JSON.stringify(JSON.parse(json), null, 2));
      }),
    );
  });

  it('keeps numbers and strings byte for byte', () => {
    const text = '{"a":9007199254740993,"b":"x\\"{,:[\\\\","c":1.0,"d":[]}';
    const indented = indentJson(Buffer.from(text)).toString();
    assert.equal(indented, '{\n  "a": 9007199254740993,\n  "b": "x\\"{,:[\\\\",\n  "c": 1.0,\n  "d": []\n}');
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visibleText } from '../../../src/operator-page/visible-text.ts';

describe('visibleText', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['plain text', 'kubectl/v1.37 größer 汉字 🙂', 'kubectl/v1.37 größer 汉字 🙂'],
    ['what turns the direction of writing', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['what a terminal obeys', '\u001b[31mred\u009b1m\r\n', '\\u{1b}[31mred\\u{9b}1m\\u{d}\\u{a}'],
    ['what nobody sees', 'a\u200bd\u00admin\ufeff\u{e0041}', 'a\\u{200b}d\\u{ad}min\\u{feff}\\u{e0041}'],
    ['half a pair', 'x\ud800y', 'x\\u{d800}y'],
  ];
  for (const [what, given, wanted] of cases) it(what, () => assert.equal(visibleText(given), wanted));

  it('cuts what is long, and leaves nothing unseen of anything', () => {
    assert.equal(visibleText('abcdef', 3), 'abc…');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        assert.doesNotMatch(visibleText(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}]/u);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatQuantity, ONE, parseQuantity } from '../../../src/quota/quantity.ts';

describe('quantities', () => {
  for (const [text, nanos] of [
    ['1', ONE],
    ['1500m', (ONE * 3n) / 2n],
    ['0.5', ONE / 2n],
    ['.5', ONE / 2n],
    ['5.', ONE * 5n],
    ['1Gi', ONE * 1024n ** 3n],
    ['1.5Ki', ONE * 1536n],
    ['2G', ONE * 2_000_000_000n],
    ['1e3', ONE * 1000n],
    ['1E3', ONE * 1000n],
    ['1E', ONE * 10n ** 18n],
    ['1e-3', ONE / 1000n],
    ['3n', 3n],
    ['0.1n', 1n],
    ['-2', -2n * ONE],
    [7, 7n * ONE],
  ] as const) {
    it(`${text} is read`, () => assert.equal(parseQuantity(text), nanos));
  }

  for (const text of ['', '.', 'm', '1 Gi', '1gi', '0x10', '1K', 'NaN', '1e', '--1', '1Gi2']) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseQuantity(text), undefined));
  }

  it('are written so that they read as the same, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 30n), 10n ** 30n),
        fc.boolean(),
        (nanos, isBinary) => parseQuantity(formatQuantity(nanos, isBinary)) === nanos,
      ),
    );
  });

  it('are written as people write them', () => {
    assert.equal(formatQuantity(ONE * 1024n ** 3n, true), '1Gi');
    assert.equal(formatQuantity(ONE * 1024n ** 3n), '1073741824');
    assert.equal(formatQuantity(ONE / 4n), '250m');
    assert.equal(formatQuantity(0n, true), '0');
  });
});

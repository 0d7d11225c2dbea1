import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compilePlan, JsonRewriter, JsonSyntaxError } from '../../../src/translate/engine/json-rewriter.ts';
import type { Plan } from '../../../src/translate/engine/plan.ts';
import { DROPPING } from './arbitraries.ts';

const MEBIBYTE = 1024 * 1024;
const item: Plan = {
  unit: { unowned: 'foreign' },
  fields: { metadata: { fields: { namespace: { string: 'own' }, labels: { key: (key) => key } } } },
};
const list = compilePlan({ fields: { items: { items: item } } });

/** About a mebibyte of whole elements, each behind a comma. */
function elements(namespace: (index: number) => string, payload: number): Buffer {
  const data = Buffer.alloc(payload, 'QUJD').toString();
  const count = Math.floor(MEBIBYTE / (payload + 100));
  const texts = Array.from(
    { length: count },
    (_, index) => `,{"metadata":{"name":"n","namespace":"${namespace(index)}","labels":{"app":"x"}},"data":{"v":"${data}"}}`,
  );
  return Buffer.from(texts.join(''));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, without garbage. */
function memoryInUse(): number {
  // Twice: what a sweep in the background has freed by then is counted only after the next one.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('JSON rewriter: long streams', function () {
  this.timeout(120_000);

  it('passes 4 GiB, and counts on behind them', () => {
    const chunk = elements(() => 'demo01-a', 16_000);
    const expected = elements(() => 'a', 16_000);
    const rewriter = new JsonRewriter(list, DROPPING);
    let read = rewriter.write(Buffer.from('{"items":[0')).length + 1;
    const turns = Math.ceil(2 ** 32 / chunk.length) + 1;
    for (let turn = 0; turn < turns; turn++) {
      const output = rewriter.write(chunk);
      assert.ok(Buffer.compare(output, turn === 0 ? expected.subarray(1) : expected) === 0);
      read += chunk.length;
    }
    assert.ok(read > 2 ** 32);
    assert.throws(
      () => rewriter.write(Buffer.from(']}!')),
      (error: unknown) => error instanceof JsonSyntaxError && error.offset === read + 2,
    );
  });

  /** The most that is in use while 300 MB pass, beyond what was in use before. */
  function extraMemory(chunk: Buffer, chunkSize: number, collect?: Uint8Array[]): number {
    const rewriter = new JsonRewriter(list, DROPPING);
    rewriter.write(Buffer.from('{"items":[{"metadata":{"namespace":"demo01-a"}}'));
    const before = memoryInUse();
    let most = 0;
    let left = 300_000_000;
    let pieces = 0;
    while (left > 0) {
      for (let pos = 0; pos < chunk.length; pos += chunkSize) {
        const output = rewriter.write(chunk.subarray(pos, pos + chunkSize));
        collect?.push(output);
        if (++pieces % Math.ceil((40 * MEBIBYTE) / chunkSize) === 0) most = Math.max(most, memoryInUse() - before);
      }
      left -= chunk.length;
    }
    rewriter.write(Buffer.from(']}'));
    rewriter.end();
    return most;
  }

  it('needs no memory that grows with the document', () => {
    const own = elements(() => 'demo01-a', 3000);
    const mixed = elements((index) => (index % 3 === 0 ? 'demo01-a' : 'demo02-a'), 3000);
    for (const chunk of [own, mixed]) {
      for (const size of [chunk.length, 65_536, 16_384]) {
        const extra = extraMemory(chunk, size);
        assert.ok(extra < 2 * MEBIBYTE, `${extra} bytes at chunks of ${size}`);
      }
    }
  });

  it('(the measurement would notice)', () => {
    assert.ok(
      extraMemory(
        elements(() => 'demo01-a', 3000),
        65_536,
        [],
      ) >
        2 * MEBIBYTE,
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { metaOfItem, metaOfJson } from '../../../src/collections/read/object-meta.ts';
import type { PageHead } from '../../../src/collections/read/page.ts';
import { ITEMS, ProtobufPage } from '../../../src/collections/read/protobuf-page.ts';
import { writeEnvelope } from '../../../src/translate/protobuf/envelope.ts';
import { WireWriter } from '../../../src/translate/protobuf/wire-writer.ts';
import { readProtobuf, toProtobuf } from '../../helpers/protobuf-text.ts';
import { chunksOf, lengthsOfChunks } from './support/chunks.ts';

const FORM = { shape: 'object', isProtobuf: true, version: 'v1' } as const;
const META = { resourceVersion: '7', continue: 'token', remainingItemCount: 3 };
const HEAD: PageHead = {
  apiVersion: 'v1',
  kind: 'PodList',
  resourceVersion: '7',
  continueToken: 'token',
  remaining: 3,
  columns: undefined,
};

function read(bytes: Buffer, lengths: readonly number[] = [1 << 20]): { items: Buffer[]; head: PageHead; early: (PageHead | undefined)[] } {
  const page = new ProtobufPage();
  const items: Buffer[] = [];
  const early: (PageHead | undefined)[] = [];
  for (const chunk of chunksOf(bytes, lengths)) {
    const whole = page.write(chunk);
    items.push(...whole);
    if (whole.length > 0) early.push(page.early());
  }
  return { items, head: page.end(), early };
}

/** A list of those fields alone, as JSON. */
function itemsOf(fields: readonly Buffer[]): unknown {
  return readProtobuf(writeEnvelope('v1', 'PodList', Buffer.concat(fields))).items ?? [];
}

const labels = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ minLength: 1, maxLength: 200 }), {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
});
const pod = fc
  .tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), labels, labels, fc.string({ minLength: 1, maxLength: 300 }))
  .map(([name, namespace, labels, annotations, nodeName]) => ({
    metadata: { name, namespace, resourceVersion: '3', labels, annotations },
    spec: { nodeName },
  }));

const list = (items: readonly object[], metadata: object = META): Buffer =>
  toProtobuf({ apiVersion: 'v1', kind: 'PodList', metadata, items });

describe('ProtobufPage', () => {
  it('gives the same items and head for any chunking', () => {
    fc.assert(
      fc.property(fc.array(pod, { maxLength: 5 }), lengthsOfChunks, (pods, lengths) => {
        const bytes = list(pods);
        const { items, head, early } = read(bytes, lengths);
        assert.deepEqual(items, read(bytes).items);
        assert.deepEqual(itemsOf(items), readProtobuf(bytes).items ?? []);
        assert.deepEqual(head, HEAD);
        if (pods.length > 0) assert.deepEqual(early[0], HEAD);
        assert.deepEqual(
          items.map((item) => metaOfItem(FORM, item)),
          pods.map(metaOfJson),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('reads empty lists, and heads that say little', () => {
    const nothing = { ...HEAD, resourceVersion: '', continueToken: '', remaining: undefined };
    assert.deepEqual(read(list([], {})), { items: [], head: nothing, early: [] });
    assert.deepEqual(read(writeEnvelope('v1', 'PodList', Buffer.alloc(0)), [1]).head, nothing);
    const large = list([], { ...META, remainingItemCount: 5_000_000_000 });
    assert.equal(read(large, [1]).head.remaining, 5_000_000_000);
  });

  it('passes over fields that it does not know', () => {
    const writer = new WireWriter();
    writer.message(1, (metadata) => metadata.text(2, '9'));
    writer.text(7, 'more'.repeat(50));
    writer.message(ITEMS, (item) => item.message(1, (metadata) => metadata.text(1, 'a')));
    for (const lengths of [[1], [3], [1 << 20]]) {
      const { items, head } = read(writeEnvelope('v1', 'PodList', writer.finish()), lengths);
      assert.deepEqual(itemsOf(items), [{ metadata: { name: 'a' } }]);
      assert.equal(head.resourceVersion, '9');
    }
  });

  it('is an error for a list that is cut off, but for what the envelope has behind it', () => {
    const bytes = list([{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }]);
    // Two empty texts stand behind the object: without the last one or both of them it is whole.
    const whole = new Set([bytes.length - 2, bytes.length - 4]);
    for (let length = 0; length < bytes.length; length++) {
      if (whole.has(length)) continue;
      for (const lengths of [[1], [1 << 20]]) assert.throws(() => read(bytes.subarray(0, length), lengths), Error, `after ${length}`);
    }
  });

  it('is an error for what is no list, or more than one', () => {
    const bytes = list([{ metadata: { name: 'a' } }]);
    for (const body of [
      Buffer.from('{"kind":"PodList"}'),
      Buffer.concat([bytes, bytes]),
      Buffer.concat([bytes, Buffer.alloc(5_000, 0x22)]),
    ]) {
      for (const lengths of [[1], [1 << 20]]) assert.throws(() => read(body, lengths), Error);
    }
  });

  it('is an error for an item that is longer than its list', () => {
    const item = Buffer.from([(ITEMS << 3) | 2, 100, 1, 2, 3]);
    for (const lengths of [[1], [1 << 20]]) {
      assert.throws(() => read(Buffer.concat([writeEnvelope('v1', 'PodList', item), Buffer.alloc(200)]), lengths), Error);
    }
  });

  it('has a limit on the size of an item', () => {
    const head = Buffer.from([(ITEMS << 3) | 2, 0xff, 0xff, 0xff, 0x7f]);
    assert.throws(() => read(writeEnvelope('v1', 'PodList', Buffer.concat([head, Buffer.alloc(100)])).subarray(0, 60)), /larger than/);
  });
});

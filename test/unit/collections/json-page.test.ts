import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonPage } from '../../../src/collections/read/json-page.ts';
import type { PageHead } from '../../../src/collections/read/page.ts';
import { chunksOf, lengthsOfChunks } from './support/chunks.ts';

type Json = { [member: string]: unknown };
interface Read {
  readonly items: unknown[];
  readonly head: PageHead;
  /** What was known early, each time that items had come. */
  readonly early: (PageHead | undefined)[];
}

function read(text: string | Buffer, lengths: readonly number[] = [1 << 20]): Read {
  const page = new JsonPage();
  const items: unknown[] = [];
  const early: (PageHead | undefined)[] = [];
  for (const chunk of chunksOf(Buffer.from(text), lengths)) {
    const whole = page.write(chunk);
    items.push(...whole.map((item) => JSON.parse(item.toString('utf8'))));
    if (whole.length > 0) early.push(page.early());
  }
  return { items, head: page.end(), early };
}

const META = { resourceVersion: '7', continue: 'token', remainingItemCount: 3 };
const HEAD: PageHead = {
  apiVersion: 'v1',
  kind: 'PodList',
  resourceVersion: '7',
  continueToken: 'token',
  remaining: 3,
  columns: undefined,
};
/** Strings that look like what the reader looks for. */
const nasty = fc.constantFrom(
  '"items":[',
  '{',
  '}',
  '[',
  ']',
  '],"metadata":{}',
  '\\',
  '\\"',
  '"',
  'items',
  'rows',
  '\u2028',
  '💥',
  '\0',
  ',',
);
const text = fc.array(fc.oneof(nasty, fc.string({ maxLength: 4 })), { maxLength: 4 }).map((parts) => parts.join(''));
/** Behind an object with a key that ends in a backslash, JSON.parse of Node 24.9 takes others for that one: `"\\""` for `"\\\\"`. */
const key = fc.oneof(text, fc.constantFrom('items', 'rows', 'metadata', 'kind')).filter((name) => !name.endsWith('\\'));
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.boolean(), fc.constant(null), tie('array'), tie('object')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).value;
const item = fc.tuple(text, value).map(([name, spec]) => ({ metadata: { name }, spec }));
const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n ');

describe('JsonPage', () => {
  it('gives the same items and head for any chunking, spacing and content', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), spaces, lengthsOfChunks, text, (items, space, lengths, extra) => {
        const list = { kind: 'PodList', apiVersion: 'v1', metadata: { ...META, selfLink: extra }, items };
        const { head, ...seen } = read(`${JSON.stringify(list, null, space)}\n`, lengths);
        assert.deepEqual(seen.items, items);
        assert.deepEqual(head, HEAD);
      }),
      { numRuns: 400 },
    );
  });

  it('gives the items’ own bytes', () => {
    const items = ['{"a":1.0e0, "b":"\\u0061"}', '{ }', '{"c":[ ]}'];
    const page = new JsonPage();
    const seen = page.write(Buffer.from(`{"kind":"PodList","items":[${items.join(' ,\n ')} ],"metadata":{}}`));
    assert.deepEqual(seen.map(String), items);
  });

  it('reads lists whose items stand in front of kind and metadata, as custom resources’ do', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 3 }), lengthsOfChunks, (items, lengths) => {
        const seen = read(JSON.stringify({ apiVersion: 'v1', items, kind: 'PodList', metadata: META }), lengths);
        assert.deepEqual(seen.items, items);
        assert.deepEqual(seen.head, HEAD);
      }),
    );
  });

  it('reads Tables', () => {
    const columns = [{ name: 'Name', description: 'with "rows":[ in it' }];
    const rows = [
      { cells: ['a', 1, null], object: { metadata: { name: 'a' } } },
      { cells: [], object: null },
    ];
    fc.assert(
      fc.property(lengthsOfChunks, (lengths) => {
        const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: META, columnDefinitions: columns, rows };
        const seen = read(JSON.stringify(table), lengths);
        assert.deepEqual(seen.items, rows);
        assert.deepEqual(JSON.parse(seen.head.columns!), columns);
      }),
    );
    assert.equal(read('{"kind":"Table","columnDefinitions":null,"rows":[]}').head.columns, 'null');
  });

  it('takes "items" for items only where they are the list’s own member', () => {
    const lists: [Json, unknown[]][] = [
      [{ kind: 'items', metadata: META, items: [{ a: 1 }] }, [{ a: 1 }]],
      [{ kind: 'rows', other: [{ no: 1 }], items: [{ a: 1 }] }, [{ a: 1 }]],
      [{ metadata: { items: [{ no: 1 }], rows: [{ no: 1 }] }, items: [{ a: { items: [{ b: 1 }] } }] }, [{ a: { items: [{ b: 1 }] } }]],
      [{ x: { items: [{ no: 1 }] }, items: [] }, []],
      [{ x: ['items', [{ no: 1 }]], items: [{ a: 1 }] }, [{ a: 1 }]],
      [{ items: { items: [{ no: 1 }] } }, []],
      [{ items: null, metadata: META }, []],
      [{ items: 'items', metadata: META }, []],
      [{ '\\items': [{ no: 1 }], 'items ': [{ no: 1 }], '"items"': [{ no: 1 }] }, []],
    ];
    for (const [list, items] of lists) {
      for (const lengths of [[1 << 20], [1], [2, 3]])
        assert.deepEqual(read(JSON.stringify(list), lengths).items, items, JSON.stringify(list));
    }
  });

  it('reads empty lists, and heads that say little', () => {
    const nothing: PageHead = { ...HEAD, resourceVersion: '', continueToken: '', remaining: undefined };
    assert.deepEqual(read('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}').head, nothing);
    assert.deepEqual(read('{"kind":"PodList","apiVersion":"v1","items":null}').head, nothing);
    assert.deepEqual(read(' {\n"kind" : "PodList" , "apiVersion":"v1","items" : [\n] } \n').head, nothing);
  });

  it('is an error for a document that is cut off, wherever', () => {
    const whole = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: META, items: [{ a: '}"' }, { b: [{}] }] });
    for (let length = 0; length < whole.length; length++) assert.throws(() => read(whole.slice(0, length)), Error, `after ${length}`);
    const custom = JSON.stringify({ apiVersion: 'v1', items: [{ a: 1 }], kind: 'PodList', metadata: META });
    for (let length = 0; length < custom.length; length++) assert.throws(() => read(custom.slice(0, length)), Error, `after ${length}`);
  });

  it('is an error for what is no list', () => {
    for (const body of ['', 'null', '<html>', '"items"', '}', '{}{}', '{"kind":"PodList"}}', '{"items":[]]}']) {
      assert.throws(() => read(body), Error, body);
    }
  });

  it('tells early what stands in front of the items: also when the list comes in one chunk', () => {
    const early: PageHead = { ...HEAD, columns: undefined };
    const list = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: META, items: [{ a: 1 }, { b: 2 }] });
    for (const lengths of [[1], [7], [list.length - 2, 2], [list.length - 1, 1], [list.length]]) {
      assert.deepEqual(read(list, lengths).early[0], early, `chunks of ${lengths}`);
    }
  });

  it('knows nothing early of what stands behind the items', () => {
    const list = JSON.stringify({ apiVersion: 'v1', items: [{ a: 1 }, { b: 2 }], kind: 'PodList', metadata: META });
    const [early] = read(list, [1]).early;
    assert.deepEqual(early, { ...HEAD, kind: '', resourceVersion: '', continueToken: '', remaining: undefined });
  });

  it('has limits: of an item’s size, and of all else', () => {
    const page = new JsonPage();
    const megabyte = Buffer.alloc(1 << 20, 0x20);
    page.write(Buffer.from('{"items":[{'));
    assert.throws(() => {
      for (let count = 0; count < 17; count++) page.write(megabyte);
    }, /too large/);
    const other = new JsonPage();
    other.write(Buffer.from('{"metadata":{'));
    assert.throws(() => {
      for (let count = 0; count < 5; count++) other.write(megabyte);
    }, /too much/);
  });
});

import assert from 'node:assert/strict';
import { applyJsonPatch, applyMergePatch, PatchError } from '../../../src/tenant-api/json-patch.ts';

const DOCUMENT = { a: { 'b/c': 1, '~': 2 }, l: ['x', 'y'] };

describe('applyJsonPatch', () => {
  const cases: [what: string, operations: object[], result: unknown][] = [
    ['add a field', [{ op: 'add', path: '/n', value: 1 }], { ...DOCUMENT, n: 1 }],
    ['add in front', [{ op: 'add', path: '/l/0', value: 'w' }], { ...DOCUMENT, l: ['w', 'x', 'y'] }],
    ['add at the end', [{ op: 'add', path: '/l/-', value: 'z' }], { ...DOCUMENT, l: ['x', 'y', 'z'] }],
    ['add over', [{ op: 'add', path: '/l', value: 1 }], { ...DOCUMENT, l: 1 }],
    [
      'remove',
      [
        { op: 'remove', path: '/a/b~1c' },
        { op: 'remove', path: '/l/0' },
      ],
      { a: { '~': 2 }, l: ['y'] },
    ],
    [
      'replace',
      [
        { op: 'replace', path: '/a/~0', value: 3 },
        { op: 'replace', path: '/l/1', value: 'q' },
      ],
      { a: { 'b/c': 1, '~': 3 }, l: ['x', 'q'] },
    ],
    ['replace all', [{ op: 'replace', path: '', value: {} }], {}],
    ['move', [{ op: 'move', from: '/l/0', path: '/m' }], { ...DOCUMENT, l: ['y'], m: 'x' }],
    ['copy', [{ op: 'copy', from: '/a', path: '/c' }], { ...DOCUMENT, c: DOCUMENT.a }],
    ['test', [{ op: 'test', path: '/a', value: { '~': 2, 'b/c': 1 } }], DOCUMENT],
  ];
  for (const [what, operations, result] of cases) it(`can ${what}`, () => assert.deepEqual(applyJsonPatch(DOCUMENT, operations), result));

  it('does not change the document, nor share what it copies', () => {
    const before = structuredClone(DOCUMENT);
    const result = applyJsonPatch(DOCUMENT, [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/c/new', value: 1 },
    ]);
    assert.deepEqual(DOCUMENT, before);
    assert.deepEqual((result as { a: unknown }).a, before.a);
  });

  const wrong: [what: string, operations: unknown[]][] = [
    ['a test that fails', [{ op: 'test', path: '/l/0', value: 'q' }]],
    ['removing nothing', [{ op: 'remove', path: '/zz' }]],
    ['replacing nothing', [{ op: 'replace', path: '/a/zz', value: 1 }]],
    ['a parent that is not there', [{ op: 'add', path: '/zz/a', value: 1 }]],
    ['an index behind the end', [{ op: 'add', path: '/l/3', value: 1 }]],
    ['an index with a leading zero', [{ op: 'remove', path: '/l/00' }]],
    ['the place behind the end as a source', [{ op: 'remove', path: '/l/-' }]],
    ['an unknown operation', [{ op: 'bogus', path: '/a' }]],
    ['a missing value', [{ op: 'add', path: '/a' }]],
    ['a path that is no pointer', [{ op: 'add', path: 'a', value: 1 }]],
    ['a move into itself', [{ op: 'move', from: '/a', path: '/a/b' }]],
    ['a field that is inherited', [{ op: 'copy', from: '/constructor', path: '/x' }]],
    ['a change of the prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }]],
    ['no object', [7]],
    ['too many operations', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: DOCUMENT }))],
    ['copies of copies', Array.from({ length: 64 }, (_, n) => ({ op: 'copy', from: '/a', path: `/a/x${n}` }))],
  ];
  for (const [what, operations] of wrong)
    it(`refuses ${what}`, () => assert.throws(() => applyJsonPatch(DOCUMENT, operations), PatchError));
});

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A, as far as a document of Kubernetes can be like them.
  const cases: [target: unknown, patch: unknown, result: unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{ a: 'foo' }, { a: { b: { c: null } } }, { a: { b: {} } }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) {
    it(`${JSON.stringify(target)} + ${JSON.stringify(patch)}`, () => assert.deepEqual(applyMergePatch(target, patch), result));
  }
});

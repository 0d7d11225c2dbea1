import assert from 'node:assert/strict';
import { TenantDocuments } from '../../../src/local/tenant-documents.ts';

describe('documents made for tenants', () => {
  const KIB = 1024;
  let made: string[];
  beforeEach(() => {
    made = [];
  });

  function read(documents: TenantDocuments, key: string, madeOf = 'x', size = KIB): object {
    const build = () => {
      made.push(`${key} ${madeOf}`);
      return { key };
    };
    return documents.read(key, madeOf, build, () => size);
  }

  it('are made once of the same, and again of something else', () => {
    const documents = new TenantDocuments();
    const first = read(documents, 'a');
    assert.equal(read(documents, 'a'), first);
    assert.notEqual(read(documents, 'a', 'y'), first);
    read(documents, 'a', 'x');
    assert.deepEqual(made, ['a x', 'a y', 'a x']);
  });

  it('take no more than they may; the least recently read goes first', () => {
    const documents = new TenantDocuments(4 * KIB);
    for (const key of ['a', 'b', 'a', 'c']) read(documents, key);
    assert.ok(documents.bytes <= 4 * KIB);
    made = [];
    for (const key of ['a', 'c', 'b']) read(documents, key);
    assert.deepEqual(made, ['b x']);
  });

  it('stay within it however many there are', () => {
    const documents = new TenantDocuments(20 * KIB);
    for (let index = 0; index < 10_000; index++) read(documents, `tenant ${index}`, 'x', 0);
    assert.ok(documents.bytes <= 20 * KIB);
  });

  it('keep the last one however large it is', () => {
    const documents = new TenantDocuments(KIB);
    const large = read(documents, 'large', 'x', 100 * KIB);
    assert.equal(read(documents, 'large', 'x', 100 * KIB), large);
    read(documents, 'small', 'x', 0);
    assert.ok(documents.bytes < KIB);
  });
});

import assert from 'node:assert/strict';
import { type FileResult, filesToRunAgain, sumOf } from '../../helpers/file-results.ts';

const result = (passed: number, failed: number): FileResult => ({ passed, failed, skipped: 0, seconds: 1 });

describe('filesToRunAgain', () => {
  it('names the few files with a failure', () => {
    assert.deepEqual(filesToRunAgain({ a: result(3, 0), b: result(2, 1), c: result(0, 2) }), ['b', 'c']);
  });
  it('gives many failures no second chance, nor those that belong to no file', () => {
    const failed = result(1, 1);
    assert.deepEqual(filesToRunAgain({ a: failed, b: failed, c: failed }), ['a', 'b', 'c']);
    assert.deepEqual(filesToRunAgain({ a: failed, b: failed, c: failed, d: failed }), []);
    assert.deepEqual(filesToRunAgain({ a: failed, '': failed }), []);
  });
});

describe('sumOf', () => {
  it('adds up', () => {
    assert.equal(sumOf({ a: result(3, 0), b: result(2, 1) }, 'passed'), 5);
    assert.equal(sumOf({}, 'failed'), 0);
  });
});

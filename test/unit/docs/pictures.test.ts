import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { drawFile } from '../../../docs/pictures/draw-trace.ts';
import { ROOT } from '../../helpers/docs/guides.ts';

describe('pictures of traces', () => {
  const files = globSync('docs/pictures/trace-*.json', { cwd: ROOT });
  it('are there', () => assert.ok(files.length >= 2));
  for (const file of files) {
    it(`${file} is what its picture shows`, () => {
      assert.equal(readFileSync(`${ROOT}${file.replace(/json$/, 'svg')}`, 'utf8'), drawFile(readFileSync(`${ROOT}${file}`, 'utf8')));
    });
    it(`${file} holds nothing of one machine`, () => {
      assert.doesNotMatch(readFileSync(`${ROOT}${file}`, 'utf8'), /127\.0\.0\.1|localhost|\/tmp|\/home|\/root/);
    });
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileChanges, followFiles } from '../../../src/certs/follow-files.ts';
import { replaceKeys } from '../../../src/launch/pki/key-folder.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';

describe('files that are replaced', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are changed once for each change, through links too, and when they come to be', async () => {
    replaceKeys(folder, { a: '1' });
    const changes = new FileChanges([join(folder, 'a'), join(folder, 'b')]);
    const change = () => waitUntil('a change', () => changes.changed(), { timeoutMs: 3000 });
    replaceKeys(folder, { a: '2' });
    await change();
    assert.equal(changes.changed(), false);
    writeFileSync(join(folder, 'b'), 'new');
    await change();
  });
  it('are tried again until they can be used, and trouble is told once', async () => {
    writeFileSync(join(folder, 'a'), '1');
    let calls = 0;
    const troubles: unknown[] = [];
    const unfollow = followFiles(
      [join(folder, 'a')],
      () => {
        calls += 1;
        if (calls < 3) throw new Error('half of a pair');
      },
      (error) => troubles.push(error),
    );
    try {
      writeFileSync(join(folder, 'a'), '2');
      await waitUntil('it to be used', () => calls === 3, { timeoutMs: 6000 });
      assert.equal(troubles.length, 1);
    } finally {
      unfollow();
    }
  });
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { useTemporaryFolder } from '../launch/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

describe('kubezoo sidecar, controller and config check', function () {
  // The first two load all of the gateway.
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  for (const command of [
    ['sidecar', '--config'],
    ['controller', '--config'],
    ['config', 'check'],
  ]) {
    it(`${command.join(' ')}: what is wrong with the configuration is said in a line for each, and nothing else`, async () => {
      const file = join(folder(), 'config.yaml');
      writeFileSync(file, 'workers: many\n');
      const wrong = await runTool(process.execPath, [MAIN, ...command, file]);
      assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
      for (const line of wrong.stderr.trimEnd().split('\n')) assert.ok(line.startsWith(`${file}:1: `), line);
    });
  }

  it('a file that cannot be read is a problem like another', async () => {
    const { code, stderr } = await runTool(process.execPath, [MAIN, 'config', 'check', folder()]);
    assert.equal(code, 1);
    assert.match(stderr, /^[^\n]*: cannot be read: EISDIR[^\n]*\n$/);
  });
});

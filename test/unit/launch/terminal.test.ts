/** What is shown while something goes on, on a real terminal (of util-linux' `script`) that knows escapes, and on one that does not. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runTool } from '../../../src/launch/tools/run-tool.ts';

const ESCAPE = '\u001b[';
const PROGRAM = fileURLToPath(new URL('./terminal-program.ts', import.meta.url));

async function shownOn(term: string, what: string): Promise<string> {
  const command = `'${process.execPath}' '${PROGRAM}' ${what}`;
  const { code, stdout, stderr } = await runTool('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: term } });
  assert.equal(code, 0, `script (of util-linux or bsdutils) is needed: ${stderr}`);
  return stdout;
}

describe('a terminal', () => {
  for (const what of ['steps', 'spinner', 'install']) {
    it(`${what}: is drawn on again where it can be`, async () => {
      assert.ok((await shownOn('xterm', what)).includes(ESCAPE));
    });
    it(`${what}: gets plain lines where it says that it is dumb`, async () => {
      const shown = await shownOn('dumb', what);
      assert.ok(!shown.includes(ESCAPE), JSON.stringify(shown));
      assert.match(shown, /finished/);
    });
  }
});

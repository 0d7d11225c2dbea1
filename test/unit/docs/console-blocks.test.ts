import assert from 'node:assert/strict';
import { beginsAsShown, isAsShown, showsSomething } from '../../helpers/docs/compare-output.ts';
import { readConsoleBlocks } from '../../helpers/docs/console-blocks.ts';
import { GuideShell } from '../../helpers/docs/guide-shell.ts';
import { GUIDES, readGuide } from '../../helpers/docs/guides.ts';
import { runGuide } from '../../helpers/docs/run-guide.ts';

const block = (body: string, meta = '') => `# A guide\n\n\`\`\`console${meta}\n${body}\n\`\`\`\n`;

describe('the runner of the guides', () => {
  /** Runs a guide in a shell of its own; resolves with what is wrong with it. */
  async function faultOf(markdown: string): Promise<string | undefined> {
    const shell = new GuideShell('/', { PATH: process.env.PATH });
    try {
      await runGuide('guide.md', readConsoleBlocks(markdown), shell);
      return undefined;
    } catch (thrown) {
      return (thrown as Error).message;
    } finally {
      await shell.close();
    }
  }

  it('goes through what is right: what one command sets the next one finds', async () => {
    assert.equal(
      await faultOf(
        block('$ export WHO=you   # a remark\n$ echo "hello $WHO"\nhello you\n$ cat <<END\na\nb\nEND\na\nb\n$ echo a \\\n  b\na b'),
      ),
      undefined,
    );
  });
  it('shows which command failed, and how', async () => {
    assert.match((await faultOf(block('$ true\n$ no-such-command')))!, /^guide\.md:5: no-such-command\nended with 127.*not found/s);
  });
  it('sees another output than the one that is shown, more of it, and less', async () => {
    assert.match((await faultOf(block('$ echo one\ntwo')))!, /printed:\none.*The guide shows:\ntwo/s);
    assert.match((await faultOf(block('$ printf "one\\ntwo\\n"\none')))!, /The guide shows/);
    assert.match((await faultOf(block('$ echo one\none\ntwo')))!, /The guide shows/);
  });
  it('takes a failure only where it is shown', async () => {
    assert.equal(await faultOf(block('$ ls /no-such-file\nls: …: No such file or directory')), undefined);
    assert.match((await faultOf(block('$ ls /no-such-file\n…')))!, /ended with 2/);
  });
  it('is not led astray by a mistake in the syntax', async () => {
    assert.match((await faultOf(block('$ echo "one')))!, /ended with [1-9]/);
  });
  it('undoes what is to be undone after a failure, too', async () => {
    assert.match((await faultOf(`<!-- after: echo undone && false -->\n${block('$ false')}`))!, /echo undone/);
  });
  it('awaits what goes on, and ends it', async () => {
    assert.equal(await faultOf(block('$ echo ready; exec sleep 1000\nready', ' goes-on')), undefined);
    assert.match((await faultOf(block('$ echo no\nready', ' goes-on')))!, /it has ended with 0/);
  });
  it('does not run what is not to be run, but wants to know why', async () => {
    assert.equal(await faultOf(block('$ false', ' not-run: needs kind')), undefined);
    assert.match(readConsoleBlocks(block('$ false', ' not-run:')).faults.join(), /says why/);
    assert.match(readConsoleBlocks(block('$ false', ' never')).faults.join(), /nobody knows/);
  });
  it('finds commands that stand outside of console blocks', () => {
    for (const text of ['```sh\nkubectl get pods\n```', '    npm run bench', '```\n$ ls\n```']) {
      assert.match(readConsoleBlocks(text).faults.join(), /so that a test can run it/, text);
    }
    assert.deepEqual(readConsoleBlocks('```yaml\nkind: Pod\n```\n\n    RateLimit: "inflight"').faults, []);
  });
  it('compares as it says', () => {
    assert.ok(isAsShown(['NAME READY', 'web-… 0/1', '…'], 'NAME      READY\nweb-5fc   0/1 \nmore\nand more\n'));
    assert.ok(!isAsShown(['web-… 0/1'], 'web-5fc 1/1'));
    assert.ok(beginsAsShown(['…', 'ready'], '\u001b[32m✔\u001b[39m etcd\nready\nand more'));
    assert.ok(!beginsAsShown(['…', 'ready'], 'not ready\n'));
    assert.ok(!showsSomething(['…', '']));
  });
});

describe('the guides', () => {
  for (const path of GUIDES) {
    it(`${path}: what is to be typed can be run by a test`, () => {
      assert.deepEqual(readConsoleBlocks(readGuide(path)).faults, []);
    });
  }
});

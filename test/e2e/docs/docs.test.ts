/** Every command of the guides does what they say: each guide in a shell of its own, in a folder that looks like the reader's. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readConsoleBlocks } from '../../helpers/docs/console-blocks.ts';
import { GuideShell } from '../../helpers/docs/guide-shell.ts';
import { GUIDES, ROOT, readGuide } from '../../helpers/docs/guides.ts';
import { runGuide } from '../../helpers/docs/run-guide.ts';
import { findKubectl } from '../../helpers/find-tools.ts';
import { KUBEZOO } from '../../helpers/kubezoo-command.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import { startCluster } from '../../integration/controller/support/cluster.ts';

/** What `npm` and `npx` look for. */
const CHECKOUT = ['package.json', 'bin'];
/** The guide whose reader has a cluster already, and a kubeconfig of its admin: nothing of ours is in it. */
const ON_OTHER_CLUSTER = 'docs/managed-cluster.md';

describe('the commands of the guides', function () {
  this.timeout(300_000);
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** @param home the state folder of a stack that runs already; undefined: the guide starts its own */
  async function openShell(home: string | undefined, env: Record<string, string> = {}): Promise<GuideShell> {
    const folder = mkdtempSync(join(tmpdir(), 'kz-docs-'));
    folders.push(folder);
    const [cwd, bin, userHome] = ['checkout', 'bin', 'user'].map((name) => join(folder, name)) as [string, string, string];
    for (const path of [cwd, bin, userHome]) mkdirSync(path);
    for (const name of CHECKOUT) symlinkSync(join(ROOT, name), join(cwd, name));
    if (home !== undefined) symlinkSync(home, join(cwd, '.kubezoo'));
    writeFileSync(join(bin, 'kubezoo'), `#!/bin/sh\nexec "${process.execPath}" "${KUBEZOO}" "$@"\n`, { mode: 0o755 });
    const path = [bin, dirname(await findKubectl()), dirname(process.execPath), process.env.PATH].join(':');
    // What the reader's machine has built already is not built again.
    const { XDG_CACHE_HOME = join(process.env.HOME ?? '', '.cache'), ENVOY_BIN, KUBEBUILDER_ASSETS } = process.env;
    return new GuideShell(cwd, {
      PATH: path,
      HOME: userHome,
      XDG_CACHE_HOME,
      ...(ENVOY_BIN && { ENVOY_BIN }),
      ...(KUBEBUILDER_ASSETS && { KUBEBUILDER_ASSETS }),
      ...env,
    });
  }

  let ran = 0;
  const skipped: string[] = [];
  for (const path of GUIDES) {
    const guide = readConsoleBlocks(readGuide(path));
    const isRun = guide.blocks.some(({ notRun }) => notRun === undefined);
    for (const { notRun, line, commands } of guide.blocks) {
      if (notRun === undefined) ran += commands.length;
      else skipped.push(`${path}:${line}: ${commands.length} commands: ${notRun}`);
    }
    if (!isRun) continue;
    it(path, async () => {
      const cluster = path === ON_OTHER_CLUSTER ? await startCluster() : undefined;
      const startsOwn = guide.blocks.some(({ goesOn, notRun }) => goesOn && notRun === undefined);
      const shell = await openShell(
        startsOwn ? undefined : (await sharedStack()).home.root,
        cluster && { KUBECONFIG: cluster.adminKubeconfig },
      );
      try {
        await runGuide(path, guide, shell);
      } finally {
        await shell.close();
        await cluster?.stop();
      }
    });
  }

  after(() => console.log(`${ran} commands of the guides run; not run:\n${skipped.map((line) => `  ${line}`).join('\n') || '  none'}`));
});

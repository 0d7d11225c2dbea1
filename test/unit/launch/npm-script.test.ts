/** What npm starts ends with it, however it ends; real processes of a real npm. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../../../src/launch/wait-until.ts';

const SCRIPTS = fileURLToPath(new URL('./npm-script', import.meta.url));
const WITHIN = { timeoutMs: 20_000 };
/** Well above the time in which a watch that had not ended would have found npm gone. */
const NOTICED_MS = 4_000;

describe('what npm runs', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  let npm: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-npm-'));
    file = join(folder, 'child');
  });
  afterEach(() => {
    // The group is npm's own, and whoever is left is in it.
    try {
      if (npm?.pid) process.kill(-npm.pid, 'SIGKILL');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    }
    rmSync(folder, { recursive: true });
  });

  async function run(script: string): Promise<number> {
    npm = spawn('npm', ['run', '--silent', script], {
      cwd: SCRIPTS,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, CHILD_FILE: file },
    });
    await waitUntil('the child', () => existsSync(file) && readFileSync(file, 'utf8') !== '', WITHIN);
    return Number(readFileSync(file, 'utf8'));
  }
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends when npm gets ${signal}, before npm does`, async () => {
      const child = await run('exec');
      const ended = once(npm!, 'exit');
      process.kill(npm!.pid!, signal);
      await ended;
      assert.equal(isAlive(child), false);
      assert.equal(existsSync(file), false, 'it was not ended in order');
    });
  }

  for (const [script, signal] of [
    ['exec', 'SIGKILL'],
    ['exec', 'SIGHUP'],
    ['shell', 'SIGTERM'],
    ['shell', 'SIGKILL'],
  ] as const) {
    it(`ends when npm is ended by ${signal} and tells nobody (${script})`, async () => {
      const child = await run(script);
      process.kill(npm!.pid!, signal);
      await waitUntil('the child to end', () => !isAlive(child), WITHIN);
      assert.equal(existsSync(file), false, 'it was not ended in order');
    });
  }

  it('ends when the bootstrap is killed', async () => {
    const child = await run('exec');
    const bootstrap = Number(readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
    process.kill(bootstrap, 'SIGKILL');
    await waitUntil('the child to end', () => !isAlive(child), WITHIN);
  });

  it('goes on under nohup, where a hang-up ends npm, and still ends when it is told to', async () => {
    const child = await run('exec');
    const ended = once(npm!, 'exit');
    process.kill(-npm!.pid!, 'SIGHUP');
    await ended;
    // That nothing happens cannot be awaited.
    await delay(NOTICED_MS);
    assert.equal(isAlive(child), true);
    process.kill(child, 'SIGTERM');
    await waitUntil('the child to end', () => !isAlive(child), WITHIN);
  });
});

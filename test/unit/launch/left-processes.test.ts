import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from '../../../src/launch/state/process-identity.ts';
import { endStaleProcesses } from '../../../src/launch/supervisor/end-stale-processes.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

const sourceOf = (file: string) => new URL(`../../../src/launch/supervisor/${file}`, import.meta.url).href;

describe('processes that a killed launcher left', () => {
  const folder = useTemporaryFolder();
  const started: ChildProcess[] = [];
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    started.push(child);
    return child;
  };
  const idle = (code = '') => start('-e', `${code}; setInterval(() => {}, 1000)`, folder());
  const pidFile = (name: string, pid: number | undefined) => writeFileSync(join(folder(), `${name}.pid`), `${pid}\n`);
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('are ended by the next start, which knows them by their command line', async () => {
    const left = idle();
    const foreign = start('-e', 'setInterval(() => {}, 1000)');
    pidFile('left', left.pid);
    // Its id was given to another process since.
    pidFile('reused', foreign.pid);
    pidFile('gone', 99_999_999);
    const ended = once(left, 'exit');
    assert.deepEqual(await endStaleProcesses(folder(), folder()), ['left']);
    assert.deepEqual(await ended, [null, 'SIGTERM']);
    assert.equal(foreign.exitCode ?? foreign.signalCode, null);
    assert.deepEqual(readdirSync(folder()), []);
  });
  it('are killed when they do not listen', async () => {
    const deaf = idle(`process.on('SIGTERM', () => {}); require('node:fs').writeFileSync(${JSON.stringify(join(folder(), 'up'))}, '')`);
    await waitUntil('the process', () => existsSync(join(folder(), 'up')), { timeoutMs: 10_000 });
    pidFile('deaf', deaf.pid);
    const ended = once(deaf, 'exit');
    assert.deepEqual(await endStaleProcesses(folder(), folder(), 200), ['deaf']);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  it('are ended by the guard, at once', async () => {
    mkdirSync(join(folder(), 'run'));
    const launcher = start(
      '--input-type=module',
      '-e',
      `import { Supervisor } from '${sourceOf('supervisor.ts')}';
       import { startGuard } from '${sourceOf('start-guard.ts')}';
       const folders = { logsDir: '${folder()}/logs', runDir: '${folder()}/run' };
       startGuard(folders.runDir);
       await new Supervisor(folders, () => {}).start({ name: 'child', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)', '${folder()}'] });
       setInterval(() => {}, 1000);`,
    );
    const file = join(folder(), 'run', 'child.pid');
    const pid = await waitUntil('the child', () => existsSync(file) && Number(readFileSync(file, 'utf8')), { timeoutMs: 10_000 });
    assert.ok(commandOf(pid).includes(folder()));
    launcher.kill('SIGKILL');
    await waitUntil('the child to end', () => !commandOf(pid).includes(folder()), { timeoutMs: 10_000 });
  });
});

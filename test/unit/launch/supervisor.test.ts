import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError } from '../../../src/launch/launch-error.ts';
import type { ProcessSpec } from '../../../src/launch/supervisor/process-spec.ts';
import { Supervisor } from '../../../src/launch/supervisor/supervisor.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

const LIVES = 'setInterval(() => {}, 1000);';

describe('Supervisor', () => {
  const folder = useTemporaryFolder();
  const at = (...parts: string[]) => join(folder(), ...parts);
  let ends: [name: string, how: string, delayMs: number][] = [];
  let supervisor: Supervisor;
  const script = (name: string, code: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name,
    command: process.execPath,
    args: ['-e', code],
    ...more,
  });
  /** Ready when the script has written the file of its name. */
  const announced = (name: string, code: string, more: Partial<ProcessSpec> = {}) =>
    script(name, `${code}; require('node:fs').writeFileSync(${JSON.stringify(at(name))}, '');`, {
      ready: async () => existsSync(at(name)),
      ...more,
    });
  const soon = (what: string, condition: () => boolean) => waitUntil(what, condition, { timeoutMs: 10_000, intervalMs: 10 });

  beforeEach(() => {
    ends = [];
    supervisor = new Supervisor({ logsDir: at('logs'), runDir: at('run') }, (...end) => void ends.push(end));
  });
  afterEach(() => supervisor.stop());

  it('waits until a process is ready, and keeps its output and id', async () => {
    await supervisor.start(announced('one', `${LIVES} console.log('said'); console.error('complained')`));
    assert.equal(readFileSync(at('logs', 'one.log'), 'utf8'), 'said\ncomplained\n');
    assert.equal(readFileSync(at('run', 'one.pid'), 'utf8'), `${supervisor.process('one').pid}\n`);
    await supervisor.stop();
    assert.equal(existsSync(at('run', 'one.pid')), false);
  });

  it('fails a start whose process ends, with the end of its log, and does not try again', async () => {
    const spec = script('broken', 'console.log("no key file"); process.exit(3)', { ready: async () => false });
    await assert.rejects(supervisor.start(spec), (error: Error) => {
      assert.ok(error instanceof LaunchError);
      assert.match(error.message, /broken ended: exit code 3.*no key file/s);
      return true;
    });
    assert.equal(supervisor.process('broken').pid, undefined);
    assert.deepEqual(ends, []);
  });
  it('says what to do where a log has a known sign, instead of showing it', async () => {
    const remedies = [{ sign: 'no key file', hint: 'Make one.' }];
    const code = 'console.log("no key file\\n" + "at something\\n".repeat(50)); process.exit(3)';
    await assert.rejects(supervisor.start(script('known', code, { ready: async () => false, remedies })), (error: LaunchError) => {
      assert.equal(error.message, 'known ended: exit code 3.');
      assert.equal(error.hint, `Make one.\nThe whole log: ${at('logs', 'known.log')}`);
      return true;
    });
  });

  it('tells of a crash its reason, not its frames', async () => {
    const frame = '[critical][backtrace] [./source/server/backtrace.h:167] #1: [0x7f5934f3c050]';
    const bug = '[error][envoy_bug] [./source/common/common/assert.h:66] #6 UNKNOWN [0x56050a8ef96a]';
    const log = ['assert failure: inotify_fd_ >= 0', ...Array(20).fill(frame), ...Array(20).fill(bug)].join('\\n');
    const spec = script('crashed', `console.log("${log}"); process.exit(3)`, { ready: async () => false });
    await assert.rejects(supervisor.start(spec), /crashed ended: exit code 3. The end of its log:\nassert failure: inotify_fd_ >= 0$/);
  });
  it('does not take the answer of another for that of a process which has ended', async () => {
    await assert.rejects(
      supervisor.start(script('loser', 'process.exit(1)', { ready: () => new Promise((resolve) => setTimeout(resolve, 500, true)) })),
      /loser ended/,
    );
  });
  it('says so when the program is not there', async () => {
    await assert.rejects(supervisor.start({ name: 'none', command: at('nothing'), args: [], ready: async () => false }), /ENOENT/);
  });
  it('stops a process that never gets ready', async () => {
    const started = supervisor.start(script('slow', LIVES, { ready: async () => false, readyTimeoutMs: 300 }));
    await assert.rejects(started, /slow to be ready: not within/);
    assert.equal(supervisor.process('slow').pid, undefined);
  });
  it('gives up when it is told to', async () => {
    const controller = new AbortController();
    const started = supervisor.start(script('slow', LIVES, { ready: async () => false }), controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(started, /enough/);
    assert.equal(supervisor.process('slow').pid, undefined);
  });

  it('starts a process again when it ends, after a pause that grows', async () => {
    await supervisor.start(script('fragile', LIVES));
    const supervised = supervisor.process('fragile');
    for (const expected of [1, 2, 3]) {
      await soon('the process to run', () => supervised.pid !== undefined);
      supervised.kill('SIGKILL');
      await soon('its end to be told', () => ends.length === expected);
    }
    assert.deepEqual(ends, [
      ['fragile', 'signal SIGKILL', 100],
      ['fragile', 'signal SIGKILL', 200],
      ['fragile', 'signal SIGKILL', 400],
    ]);
  });
  it('does not start a process again after a stop in the pause', async () => {
    await supervisor.start(script('fragile', LIVES));
    supervisor.process('fragile').kill('SIGKILL');
    await soon('its end to be told', () => ends.length === 1);
    await supervisor.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(supervisor.process('fragile').pid, undefined);
  });
  it('restarts on demand, without telling of an unexpected end', async () => {
    await supervisor.start(script('one', LIVES));
    const before = supervisor.process('one').pid;
    await supervisor.process('one').restart();
    assert.notEqual(supervisor.process('one').pid, before);
    assert.deepEqual(ends, []);
  });

  it('stops the last started first, and kills what does not listen', async () => {
    const order = (name: string) =>
      `process.on('SIGTERM', () => { require('node:fs').appendFileSync(${JSON.stringify(at('order'))}, '${name} '); process.exit() }); ${LIVES}`;
    await supervisor.start(announced('first', order('first')));
    await supervisor.start(announced('second', order('second')));
    await supervisor.start(announced('deaf', `process.on('SIGTERM', () => {}); ${LIVES}`, { stopTimeoutMs: 200 }));
    const { pid } = supervisor.process('deaf');
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    assert.equal(readFileSync(at('order'), 'utf8'), 'second first ');
    assert.throws(() => process.kill(pid as number, 0), { code: 'ESRCH' });
    await assert.rejects(supervisor.start(script('late', LIVES)), /everything is being stopped/);
  });
});

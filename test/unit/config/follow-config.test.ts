import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { loadConfig } from '../../../src/config/config.ts';
import { type FollowedConfig, followConfig } from '../../../src/config/follow-config.ts';
import { LiveConfig } from '../../../src/config/live-config.ts';
import type { ProcessName } from '../../../src/config/setting-rules.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { registerConfigMetrics } from '../../../src/telemetry/config-metrics.ts';
import { MINIMAL } from './minimal.ts';

const WITHIN = { timeoutMs: 5_000 };

describe('a configuration file that changes', function () {
  this.timeout(120_000);
  let folder: string;
  let lines: { level: number; msg: string; problems?: string[] }[];
  let log: Logger;
  let child: Logger;
  let live: LiveConfig;
  let followed: FollowedConfig;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-config-'));
    lines = [];
  });
  afterEach(() => {
    followed.close();
    rmSync(folder, { recursive: true });
  });

  function follow(file: string, env: Record<string, string> = {}, name: ProcessName = 'sidecar'): void {
    live = new LiveConfig(loadConfig(file, env));
    log = pino({ level: live.config.logLevel }, { write: (line: string) => lines.push(JSON.parse(line)) });
    child = log.child({ upstream: 'west' });
    followed = followConfig(file, live, { process: name, loggers: [log, child], env });
  }
  const said = () => lines.map(({ msg }) => msg);
  const fileWith = (more: string) => {
    const file = join(folder, 'kubezoo.yaml');
    writeFileSync(`${file}.new`, MINIMAL + more);
    renameSync(`${file}.new`, file);
    return file;
  };

  it('is in force as far as it can be; the rest is told to take a restart', async () => {
    follow(fileWith(''));
    assert.deepEqual(said(), []);
    fileWith('workers: 4\nlogLevel: debug\nlimits: {burst: 3}\nkubeconfigDir: /k\n');
    await waitUntil('the change', () => followed.accepted === 2, WITHIN);
    assert.deepEqual([live.config.workers, live.config.limits], [1, { burst: 3 }]);
    assert.deepEqual([log.level, child.level], ['debug', 'debug']);
    // `kubeconfigDir` is the controller's.
    assert.deepEqual(said().sort(), [
      'limits.burst changed: in force',
      'logLevel changed: in force',
      'workers changed: takes effect after a restart',
    ]);
    assert.equal(followed.pending, 1);
    fileWith('logLevel: debug\n');
    await waitUntil('the change', () => followed.accepted === 3, WITHIN);
    assert.deepEqual(said().slice(3), ['limits.burst changed: in force', 'nothing of the configuration waits for a restart any more']);
    assert.equal(followed.pending, 0);
  });

  it('changes nothing when it is wrong, and the log names the line, of each wrong file', async () => {
    follow(fileWith('limits: {burst: 3}\n'));
    const wrong = async (more: string, problem: RegExp) => {
      const { refused } = followed;
      const file = fileWith(more);
      await waitUntil('the file to be refused', () => followed.refused === refused + 1, WITHIN);
      assert.deepEqual([live.config.limits, live.config.logLevel, followed.isGood], [{ burst: 3 }, 'info', false]);
      const { level, problems } = lines.at(-1)!;
      assert.equal(level, 50);
      assert.match(problems!.join(), problem);
      assert.ok(problems!.every((line) => line.startsWith(file)));
    };
    await wrong('logLevel: debug\nlimits: {burst: none}\n', /kubezoo\.yaml:11: limits\.burst: /);
    await wrong('logLevel: debug\nlimits: {burst: [\n', /kubezoo\.yaml:1[12]: /);
    rmSync(join(folder, 'kubezoo.yaml'));
    await waitUntil('the file to be missed', () => followed.refused === 3, WITHIN);
    assert.match(lines.at(-1)!.problems!.join(), /ENOENT/);
    fileWith('limits: {burst: 4}\n');
    await waitUntil('the good one', () => followed.isGood, WITHIN);
    assert.deepEqual(live.config.limits, { burst: 4 });
    assert.ok(said().includes('the configuration is good again'));
  });

  it('is followed as Kubernetes mounts a ConfigMap, and the environment stands above it', async () => {
    for (const [name, level] of Object.entries({ one: 'warn', two: 'error' })) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'config.yaml'), `${MINIMAL}logLevel: ${level}\nlimits: {burst: ${name.length}0}\nworkers: 2\n`);
    }
    symlinkSync('one', join(folder, '..data'));
    symlinkSync('..data/config.yaml', join(folder, 'config.yaml'));
    writeFileSync(join(folder, 'two', 'config.yaml'), `${MINIMAL}logLevel: error\nlimits: {burst: 7}\nworkers: 9\n`);
    follow(join(folder, 'config.yaml'), { KUBEZOO_CONFIG_LIMITS__BURST: '5', KUBEZOO_CONFIG_WORKERS: '3' });
    symlinkSync('two', join(folder, '..data.new'));
    renameSync(join(folder, '..data.new'), join(folder, '..data'));
    await waitUntil('the level', () => live.config.logLevel === 'error', WITHIN);
    assert.deepEqual([live.config.limits, live.config.workers, followed.pending], [{ burst: 5 }, 3, 0]);
  });

  it('that changed before it was followed is noticed', () => {
    const file = fileWith('');
    live = new LiveConfig(loadConfig(file, {}));
    fileWith('limits: {burst: 3}\n');
    followed = followConfig(file, live, { process: 'sidecar', loggers: [pino({ write: () => {} })], env: {} });
    assert.deepEqual(live.config.limits, { burst: 3 });
  });

  it('is told in metrics', async () => {
    follow(fileWith(''));
    const registry = new Registry();
    registerConfigMetrics(registry, followed);
    fileWith('workers: 3\n');
    await waitUntil('the change', () => followed.accepted === 2, WITHIN);
    fileWith('workers: none\n');
    await waitUntil('the wrong one', () => followed.refused === 1, WITHIN);
    const text = await registry.metrics();
    assert.match(text, /^kubezoo_config_loads_total\{result="accepted"\} 2$/m);
    assert.match(text, /^kubezoo_config_loads_total\{result="refused"\} 1$/m);
    assert.match(text, /^kubezoo_config_last_load_successful 0$/m);
    assert.match(text, /^kubezoo_config_restart_pending 1$/m);
  });
});

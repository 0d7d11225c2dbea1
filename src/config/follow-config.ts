import type { Logger } from 'pino';
import { followFiles } from '../certs/follow-files.ts';
import { loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { LiveConfig } from './live-config.ts';
import { isReadBy, type ProcessName } from './setting-rules.ts';

export interface FollowOptions {
  readonly process: ProcessName;
  /** The first is also told what has become of each change. The level of all is kept as configured. */
  readonly loggers: readonly [Logger, ...Logger[]];
  readonly env?: NodeJS.ProcessEnv;
}

/** What has become of the file's changes, for metrics. */
export interface FollowedConfig {
  /** How often the file was read and is in force as far as it can be without a restart; the start counts. */
  readonly accepted: number;
  /** How often it was wrong. */
  readonly refused: number;
  /** Whether the file as it is now can be used. */
  readonly isGood: boolean;
  /** Settings in the file that wait for a restart of this process. */
  readonly pending: number;
  close(): void;
}

/**
 * Reads the file again when it has changed, by hand or as a mounted ConfigMap does. One that is wrong changes nothing, and the log says on
 * which lines; what the environment says stays above each. Of values the log has no word: only which settings have changed.
 */
export function followConfig(file: string, live: LiveConfig, { process: name, loggers, env = process.env }: FollowOptions): FollowedConfig {
  const [log] = loggers;
  const state = { accepted: 0, refused: 0, isGood: true, pending: 0 };
  let waiting = '';
  const reload = () => {
    let wanted: ReturnType<typeof loadConfig>;
    try {
      wanted = loadConfig(file, env);
    } catch (error) {
      state.refused += 1;
      state.isGood = false;
      log.error({ problems: problemsOf(error) }, 'the configuration has changed and is wrong: what was in force before still is');
      return;
    }
    const { applied, pending } = live.replace(wanted);
    state.accepted += 1;
    for (const logger of loggers) logger.level = live.config.logLevel;
    const ours = (paths: readonly string[][]) => paths.filter((path) => isReadBy(name, path)).map((path) => path.join('.'));
    const wait = ours(pending);
    for (const setting of ours(applied)) log.info({ setting }, `${setting} changed: in force`);
    if (wait.join() !== waiting) for (const setting of wait) log.warn({ setting }, `${setting} changed: takes effect after a restart`);
    if (!state.isGood) log.info('the configuration is good again');
    if (wait.length === 0 && waiting !== '') log.info('nothing of the configuration waits for a restart any more');
    waiting = wait.join();
    state.pending = wait.length;
    state.isGood = true;
  };
  const unfollow = followFiles([file], reload, (error) => log.error({ err: error }, 'the configuration cannot be followed'));
  // It may have changed since this process read it.
  reload();
  return Object.assign(state, { close: unfollow });
}

function problemsOf(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)];
}

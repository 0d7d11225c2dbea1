import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../launch/state/home.ts';
import { acquireLock } from '../../launch/state/lock.ts';
import { CommandError } from '../tenant/command-error.ts';

/** One change of the keys at a time. Throws a CommandError when another is under way, or nothing was ever started. */
export async function withKeysLocked<T>(home: Home, action: () => Promise<T>): Promise<T> {
  if (!existsSync(home.pkiDir)) throw new CommandError(`error: there are no certificates in ${home.root}: start kubezoo first (npm start)`);
  mkdirSync(home.runDir, { recursive: true, mode: 0o700 });
  const lock = acquireLock(join(home.runDir, 'certs.lock'));
  if (!lock.held) throw new CommandError(`error: process ${lock.holder} is changing the certificates of ${home.root}`);
  try {
    return await action();
  } finally {
    lock.release();
  }
}

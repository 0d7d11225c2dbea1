import { mkdirSync } from 'node:fs';
import { LaunchError } from '../launch-error.ts';
import type { Home } from './home.ts';
import { acquireLock } from './lock.ts';

/** Makes the state folder and takes it for this process. Returns what gives it back. @throws LaunchError where it cannot be written, or another process has it */
export function lockHome(home: Home): () => void {
  const lock = tryLock(home);
  if (lock.held) return () => lock.release();
  throw new LaunchError(
    `kubezoo is already running on ${home.root} (process ${lock.holder}).`,
    'Stop that one first, or start with another --home and --port.',
  );
}

function tryLock(home: Home) {
  try {
    mkdirSync(home.runDir, { recursive: true, mode: 0o700 });
    return acquireLock(home.lock);
  } catch (error) {
    throw new LaunchError(
      `The state folder ${home.root} cannot be written: ${(error as Error).message}`,
      'Choose another with --home, or see whose it is: one that sudo has made belongs to root.',
      { cause: error },
    );
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../tools/cache-dir.ts';
import { acquireLock, type LockAttempt } from './lock.ts';

const claimed = new Map<number, () => void>();
let releasesAtExit = false;

/** Whether this process has claimed the port before. */
export function isOwnPort(port: number): boolean {
  return claimed.has(port);
}

/**
 * Keeps a port for this process while it lives, from all others that ask here. That it is free is not enough: between the choice and the
 * moment when a server listens, and while one is started again, another stack on this machine would find it free as well.
 *
 * @returns false when another process of this user has it
 */
export function claimPort(port: number, folder = join(cacheDir(), 'ports')): boolean {
  if (isOwnPort(port)) return true;
  const lock = tryLock(folder, port);
  if (!lock) return true;
  if (!lock.held) return false;
  claimed.set(port, lock.release);
  if (!releasesAtExit) process.once('exit', releaseAll);
  releasesAtExit = true;
  return true;
}

/** Undefined: nothing can be written there. A start goes on: whoever comes second to the port fails, and says so. */
function tryLock(folder: string, port: number): LockAttempt | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return acquireLock(join(folder, String(port)));
  } catch {
    return undefined;
  }
}

/** A process that is killed leaves its claims; they count for nothing then. */
function releaseAll(): void {
  for (const release of claimed.values()) release();
}

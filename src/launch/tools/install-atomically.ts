import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Progress } from '../progress.ts';
import { acquireLock } from '../state/lock.ts';
import { waitUntil } from '../wait-until.ts';

/** Longer than the slowest build that anybody will wait for. */
const LOCK_TIMEOUT_MS = 60 * 60 * 1000;

/**
 * Makes the folder `target` with what `make` puts into an empty folder beside it: whole or not at all. Two processes
 * that want the same wait for each other, and the second finds it done.
 */
export async function installAtomically(
  target: string,
  make: (folder: string) => Promise<void>,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const lock = await waitUntil(
    `the lock on ${target}`,
    () => {
      const attempt = acquireLock(`${target}.lock`);
      if (attempt.held) return attempt;
      progress.update(`process ${attempt.holder} is at it: waiting for it`);
      return undefined;
    },
    { timeoutMs: LOCK_TIMEOUT_MS, intervalMs: 500, signal },
  );
  try {
    if (existsSync(target)) return;
    const folder = await mkdtemp(`${target}.`);
    try {
      await make(folder);
      await rename(folder, target);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

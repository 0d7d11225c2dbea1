import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { beginOf } from './process-identity.ts';

export type LockAttempt = { readonly held: true; release(): void } | { readonly held: false; readonly holder: number };

let counter = 0;

/**
 * Takes the lock `file` for this process, or says who has it. The lock of a process that is gone counts for nothing, even
 * when its id belongs to another by now: the file also says when its holder began.
 */
export function acquireLock(file: string): LockAttempt {
  const own = `${process.pid} ${beginOf(process.pid)} ${counter++}`;
  // Written beside and linked into place, so that nobody ever reads half a lock.
  const draft = `${file}.${process.pid}.${counter}`;
  writeFileSync(draft, own);
  try {
    for (;;) {
      if (link(draft, file)) return { held: true, release: () => release(file, own) };
      const present = read(file);
      if (present === undefined) continue;
      const holder = holderOf(present);
      if (holder !== undefined) return { held: false, holder };
      removeStale(file, present);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The id of the living process that a lock's text speaks of. */
function holderOf(text: string): number | undefined {
  const [pid, begin] = text.split(' ');
  const alive = Number(pid) > 0 && begin !== undefined && begin !== '' && beginOf(Number(pid)) === begin;
  return alive ? Number(pid) : undefined;
}

/** Two processes may see the same stale lock: the slower must not take away what the faster has put there since. */
function removeStale(file: string, seen: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== seen) link(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, own: string): void {
  if (read(file) === own) rmSync(file, { force: true });
}

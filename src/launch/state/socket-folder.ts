import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** The shortest limit of the systems we know: a socket's path has 104 bytes on macOS, its end included. */
const LONGEST_PATH = 103;
const LONGEST_NAME = '/ext-proc.sock'.length;

/**
 * A folder that only this user may enter, with a path short enough for Unix sockets: in the state folder, or, when that
 * lies too deep, one in the system's folder for temporary files that is this state folder's alone. Emptied.
 */
export function socketFolder(home: Home, temporary = tmpdir()): string {
  const near = join(home.runDir, 's');
  if (Buffer.byteLength(near) + LONGEST_NAME <= LONGEST_PATH) {
    rmSync(near, { recursive: true, force: true });
    mkdirSync(near, { recursive: true, mode: 0o700 });
    return near;
  }
  const folder = join(temporary, `kz-${process.getuid?.() ?? 0}-${createHash('sha256').update(home.root).digest('hex').slice(0, 12)}`);
  // In a folder that all may write to, somebody else's must not be taken for ours: a link or a foreign owner is refused.
  const present = lstatSync(folder, { throwIfNoEntry: false });
  if (present && (!present.isDirectory() || present.uid !== process.getuid?.())) throw new Error(`${folder} is not this user's: remove it`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { withProgress } from './progress.mjs';
import { runNpm } from './run-child.mjs';

/** Makes node_modules fit package-lock.json, and `npx kubezoo` work inside the checkout. */
export async function ensureModules(root) {
  if (!modulesFitLock(root)) {
    // Not `npm ci`: it refuses a lock without the packages of other platforms, which not every registry has.
    await withProgress('Installing packages', () => runNpm(['install', '--no-save'], 'Installing the packages', { cwd: root }));
    if (!modulesFitLock(root)) throw new Error('What npm installed is not what package-lock.json says: does that fit package.json?');
  }
  linkCommand(root);
}

/**
 * Whether each package of the lock is there with the same integrity, and no other. npm leaves what it installed
 * in node_modules/.package-lock.json, last of all: an installation that was cut off has no such file.
 */
export function modulesFitLock(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return false;
  const locked = readPackages(join(root, 'package-lock.json'));
  if (!locked) throw new Error(`${root} has no readable package-lock.json: is the checkout complete?`);
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const there = installed[path];
    // Builds for other platforms are in the lock, but not on this machine.
    if (!there && !entry.optional) return false;
    if (there && there.integrity !== entry.integrity) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm links the commands of dependencies only, never a project's own. */
function linkCommand(root) {
  const link = join(root, 'node_modules', '.bin', 'kubezoo');
  const target = join('..', '..', 'bin', 'kubezoo.mjs');
  if (existsSync(link) && readlinkSync(link) === target) return;
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

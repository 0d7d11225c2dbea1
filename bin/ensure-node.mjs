import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { withProgress } from './progress.mjs';
import { runNpm } from './run-child.mjs';

/** The first that runs TypeScript as it is and that the project is tested with. */
export const MINIMUM_MAJOR = 24;
const FETCHED_VERSION = '24.9.0';

/** Path of a Node that is new enough: the running one, else one from the npm package of this platform, kept in the cache. */
export async function ensureNode() {
  if (majorOf(process.versions.node) >= MINIMUM_MAJOR) return process.execPath;
  const target = join(cacheDir(), 'node', FETCHED_VERSION);
  const binary = join(target, 'bin', 'node');
  if (!existsSync(binary)) {
    await withProgress(`Node ${process.versions.node} is too old: fetching ${FETCHED_VERSION}`, () => fetchNode(target));
  }
  return binary;
}

async function fetchNode(target) {
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(dirname(target), { recursive: true });
  // Beside its target, so that the rename is one step: nobody ever sees half a Node.
  const temporary = mkdtempSync(`${target}.`);
  try {
    const hint = `Node ${MINIMUM_MAJOR} or later is needed (this is ${process.versions.node}); fetching it as the npm package ${name}`;
    await runNpm(['install', '--prefix', temporary, '--no-save', '--no-package-lock', `${name}@${FETCHED_VERSION}`], hint);
    const fetched = join(temporary, 'node_modules', name);
    const tried = spawnSync(join(fetched, 'bin', 'node'), ['--version'], { encoding: 'utf8' });
    if (tried.status !== 0)
      throw new Error(
        `The fetched Node does not run on this machine; install Node ${MINIMUM_MAJOR} or later. ${tried.stderr ?? tried.error}`,
      );
    try {
      renameSync(fetched, target);
    } catch (error) {
      // Another start was faster: what it put there is the same.
      if (!existsSync(join(target, 'bin', 'node'))) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** Where fetched and built tools are kept; the launcher has the same rule. */
function cacheDir() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubezoo');
}

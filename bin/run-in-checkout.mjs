import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureModules } from './ensure-modules.mjs';
import { ensureNode } from './ensure-node.mjs';
import { runChild } from './run-child.mjs';
import { npmAbove } from './watch-npm.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a TypeScript file of the checkout with a Node that is new enough and with the packages in place, and ends this process as it
 * ends. Plain JavaScript for any Node from 18 on: nothing else may be there yet.
 */
export async function runInCheckout(file, args) {
  const npm = npmAbove();
  try {
    if (process.platform === 'win32') throw new Error('Windows is not supported: use WSL, Linux or macOS.');
    const node = await ensureNode();
    await ensureModules(ROOT);
    process.exitCode = await runChild(node, [`${ROOT}/${file}`, ...args], npm);
  } catch (error) {
    process.stderr.write(`kubezoo: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

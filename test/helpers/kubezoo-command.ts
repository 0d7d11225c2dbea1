import { fileURLToPath } from 'node:url';
import { runTool, type ToolResult } from '../../src/launch/tools/run-tool.ts';

/** What `npx kubezoo` runs: it looks first whether the packages of the checkout are in place, and says so on stderr when it has to install some. */
export const KUBEZOO = fileURLToPath(new URL('../../bin/kubezoo.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What is behind that. Resolves whatever the exit code is. */
export function runKubezoo(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<ToolResult> {
  return runTool(process.execPath, [MAIN, ...args], { env });
}

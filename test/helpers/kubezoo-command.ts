import { fileURLToPath } from 'node:url';
import { runTool, type ToolResult } from '../../src/launch/tools/run-tool.ts';

/** What `npx kubezoo` runs. */
export const KUBEZOO = fileURLToPath(new URL('../../bin/kubezoo.mjs', import.meta.url));

/** Resolves whatever the exit code is. */
export function runKubezoo(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<ToolResult> {
  return runTool(process.execPath, [KUBEZOO, ...args], { env });
}

import { readFileSync } from 'node:fs';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Stack } from '../../helpers/stack.ts';

/** Of /proc/<pid>/stat: USER_HZ is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAUSE_MS = 1000;
/** Of one core, all the processes together. */
const QUIET_SHARE = 0.25;

export function pidOf(stack: Stack, name: string): number {
  const { pid } = stack.processes.process(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}

/** What the process has used so far, in user and system mode, all its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name may hold blanks and brackets; behind its last bracket come the state (field 3) and the rest.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / TICKS_PER_SECOND;
}

export function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The soft limit on open files. */
export function openFilesLimit(pid: number): string {
  return /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] ?? 'unknown';
}

/** Resolves when the stack's processes do next to nothing: what was made a moment ago has been worked off. Resolves with false where they go on. */
export async function waitUntilQuiet(stack: Stack, timeoutMs = 180_000): Promise<boolean> {
  const used = () => stack.processes.processes.reduce((sum, { pid }) => sum + (pid === undefined ? 0 : cpuSeconds(pid)), 0);
  let last = { used: used(), at: performance.now() };
  const isQuiet = () => {
    const now = { used: used(), at: performance.now() };
    const seconds = (now.at - last.at) / 1000;
    const share = (now.used - last.used) / seconds;
    if (seconds >= 0.9) last = now;
    return seconds >= 0.9 && share < QUIET_SHARE;
  };
  return waitUntil('the stack to be quiet', isQuiet, { timeoutMs, intervalMs: PAUSE_MS }).catch(() => false);
}

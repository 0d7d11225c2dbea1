import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The command line of a process, its words parted by spaces; '' when there is none (or it is a zombie). */
export function commandOf(pid: number): string {
  if (process.platform === 'linux') {
    const text = readProc(`/proc/${pid}/cmdline`);
    return text.replaceAll('\0', ' ').trimEnd();
  }
  return ps(pid, 'command');
}

/** A text that two processes of the same id never share: when it began. '' when there is no such process. */
export function beginOf(pid: number): string {
  if (process.platform === 'linux') {
    const stat = readProc(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything; field 22 is the begin, in ticks since the machine's.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  }
  return ps(pid, 'lstart');
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function ps(pid: number, field: string): string {
  return spawnSync('ps', ['-ww', '-p', String(pid), '-o', `${field}=`], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

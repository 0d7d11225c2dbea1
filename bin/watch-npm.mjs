import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const INTERVAL_MS = 1_000;
/** A hang-up comes to all processes of a terminal, and npm may be gone before this one has heard of it. */
const LOOKS = 2;

/**
 * The processes whose end means that npm is gone: npm itself, and a shell between it and this process. None where npm runs no script here: what is
 * started without it may outlive whoever started it. To be asked at once: a process that has lost its parent has another.
 */
export function npmAbove(env = process.env) {
  if (!env.npm_lifecycle_event) return [];
  const parent = identify(process.ppid);
  if (!parent) return [];
  // `sh -c …`, unless the script begins with `exec` or the shell does that by itself.
  const isShell = parent.args[1] === '-c';
  const above = isShell ? identify(parent.ppid) : undefined;
  return above ? [parent, above] : [parent];
}

/** Calls `onGone` once, when one of the processes is gone. Returns what ends the watch. */
export function watchProcesses(processes, onGone) {
  if (processes.length === 0) return () => {};
  let looks = 0;
  const timer = setInterval(() => {
    looks = processes.every(isThere) ? 0 : looks + 1;
    if (looks < LOOKS) return;
    clearInterval(timer);
    onGone();
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function isThere({ pid, begin }) {
  const now = readStat(pid);
  if (now) return !now.isDead && now.begin === begin;
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function identify(pid) {
  const stat = readStat(pid);
  if (stat) return { pid, ppid: stat.ppid, begin: stat.begin, args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') };
  const { status, stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [ppid, ...args] = stdout.trim().split(/\s+/);
  return { pid, ppid: Number(ppid), begin: undefined, args };
}

/** Linux only; an id alone may be another's by now, so it is told when the process began. */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses, with anything in it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { isDead: fields[0] === 'Z' || fields[0] === 'X', ppid: Number(fields[1]), begin: fields[19] };
  } catch {
    return undefined;
  }
}

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from '../state/process-identity.ts';
import { waitUntil } from '../wait-until.ts';

/**
 * Ends what a launcher that was killed left running, the youngest first: each process that a pid file in `runDir` names and
 * whose command line holds `marker` (a path that only this state folder's processes have; an id alone may be another's by now).
 * Resolves with the names of those it ended, when they are gone.
 */
export async function endStaleProcesses(runDir: string, marker: string, patienceMs = 5000): Promise<string[]> {
  const ended: string[] = [];
  for (const { name, pid } of readPidFiles(runDir)) {
    const isLeft = () => commandOf(pid).includes(marker);
    if (pid > 0 && isLeft()) {
      ended.push(name);
      trySignal(pid, 'SIGTERM');
      await waitUntil(`${name} to end`, () => !isLeft(), { timeoutMs: patienceMs }).catch(async () => {
        trySignal(pid, 'SIGKILL');
        await waitUntil(`${name} to be killed`, () => !isLeft(), { timeoutMs: patienceMs });
      });
    }
    rmSync(join(runDir, `${name}.pid`), { force: true });
  }
  return ended;
}

function readPidFiles(runDir: string): { name: string; pid: number }[] {
  const files = readdirSync(runDir).filter((file) => file.endsWith('.pid'));
  return files
    .map((file) => {
      const path = join(runDir, file);
      return { name: file.slice(0, -'.pid'.length), pid: Number.parseInt(readFileSync(path, 'utf8'), 10), written: statSync(path).mtimeMs };
    })
    .sort((one, other) => other.written - one.written);
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

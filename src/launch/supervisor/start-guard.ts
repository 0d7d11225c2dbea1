import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * A launcher that is killed hard cannot stop its children. This shell outlives it: when the pipe from the launcher
 * closes, it ends every process that a pid file still names, the youngest first (without etcd a kube-apiserver does not come to
 * its end). After an orderly stop there is none.
 */
const SCRIPT = `
while read -r _; do :; done
cd "$1" || exit 1
for pid in $(cat $(ls -t *.pid 2>/dev/null) /dev/null); do
  kill -TERM "$pid" 2>/dev/null || continue
  for _ in $(seq 50); do
    kill -0 "$pid" 2>/dev/null || break
    case $(cat /proc/"$pid"/stat 2>/dev/null) in *") Z "*) break ;; esac
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null
done
exit 0
`;

/** Starts the guard; the function it returns lets it go. */
export function startGuard(runDir: string): () => void {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'kubezoo-guard', runDir], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => console.error('warning: no /bin/sh: if this process is killed hard, its children stay until the next start'));
  guard.stdin.once('error', () => guard.unref());
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => guard.stdin.end();
}

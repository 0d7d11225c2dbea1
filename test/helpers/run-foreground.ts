import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ForegroundOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly timeoutMs?: number | undefined;
  /** What it prints is held back until this is over, and then goes on as it comes. */
  readonly silentUntil?: Promise<unknown> | undefined;
}

/** Runs a JavaScript or TypeScript file with this Node and terminal; resolves with its exit code, 1 when it was ended. */
export function runForeground(args: readonly string[], options: ForegroundOptions = {}): Promise<number> {
  const { env, timeoutMs, silentUntil } = options;
  return new Promise((resolve, reject) => {
    const output = silentUntil ? 'pipe' : 'inherit';
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
      timeout: timeoutMs,
    });
    // Ctrl-C reaches the child as well; it decides.
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    const shown = silentUntil && child.stdout && child.stderr ? showLater([child.stdout, child.stderr], silentUntil) : undefined;
    child.once('exit', async (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      await shown;
      resolve(code ?? 1);
    });
  });
}

/** Resolves when all of it has been printed. Read from the beginning: a process whose pipe is full waits. */
async function showLater(streams: readonly NodeJS.ReadableStream[], until: Promise<unknown>): Promise<void> {
  const held: Buffer[] = [];
  let show = (chunk: Buffer): void => void held.push(chunk);
  for (const stream of streams) stream.on('data', (chunk: Buffer) => show(chunk));
  const ends = Promise.all(streams.map((stream) => once(stream, 'end')));
  await until;
  for (const chunk of held.splice(0)) process.stdout.write(chunk);
  show = (chunk) => void process.stdout.write(chunk);
  await ends;
}

import { spawn } from 'node:child_process';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Runs a Node script in the foreground with this process's terminal; signals go to it, and it alone decides when to end.
 * By the open channel it can notice that this process was killed.
 * Resolves with the exit code, 128 + n for a child that signal n ended (as a shell has it).
 */
export function runChild(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const forwarders = FORWARDED.map((signal) => [signal, () => child.kill(signal)]);
    for (const [signal, forward] of forwarders) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const [name, forward] of forwarders) process.off(name, forward);
      resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0));
    });
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** Runs npm without its noise. What it wrote is shown only if it fails; then throws an Error that says `purpose`. */
export async function runNpm(args, purpose, options = {}) {
  // Under `npm start` npm says where it is itself; that one works with the Node that runs it.
  const cli = process.env.npm_execpath;
  const ownNpm = cli?.endsWith('npm-cli.js');
  const [command, first] = ownNpm ? [process.execPath, [cli]] : ['npm', []];
  const output = [];
  const code = await new Promise((resolve) => {
    const child = spawn(command, [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new Error(`${purpose} did not work: \`npm ${args.join(' ')}\` ended with ${code}. npm and a way to its registry are needed.`);
}

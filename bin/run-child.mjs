import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { watchProcesses } from './watch-npm.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** Asked before there is any doubt: one that was closed is none. */
const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));

/**
 * Runs a Node script in the foreground with this process's terminal; signals go to it, and it alone decides when to end. When npm (`npmAbove`) is gone, it
 * is asked to: npm tells nobody when it is killed. By the open channel it can notice that this process was killed.
 * Resolves with the exit code, 128 + n for a child that signal n ended (as a shell has it).
 */
export function runChild(node, args, npm = []) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const unwatch = watchProcesses(npm, () => child.kill('SIGTERM'));
    const forward = (signal) => {
      // Under nohup there is no terminal to be hung up; Node has undone that SIGHUP is ignored, and so has npm, which ends of it.
      if (signal === 'SIGHUP' && !hasTerminal) unwatch();
      else child.kill(signal);
    };
    const forwarders = FORWARDED.map((signal) => [signal, () => forward(signal)]);
    for (const [signal, forward] of forwarders) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      unwatch();
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

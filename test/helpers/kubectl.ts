import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Besides PATH, HOME and KUBECONFIG. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A kubectl that is under way. */
export interface OpenKubectl {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has said so far. */
  stdout(): string;
  stderr(): string;
  /** Its exit code; 1 when a signal ended it. */
  readonly ended: Promise<number>;
}

/**
 * Runs kubectl to its end and resolves with what it said, whatever its exit code (124 when the time was up). `homeDir` is its HOME: kubectl keeps
 * discovery by the server's address alone, so identities that share one must not share a cache.
 */
export function runKubectl(
  binary: string,
  kubeconfig: string,
  homeDir: string,
  args: readonly string[],
  { stdin, timeoutMs = 60_000, signal, env }: KubectlOptions = {},
): Promise<KubectlResult> {
  mkdirSync(homeDir, { recursive: true });
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, {
      env: { PATH: process.env.PATH, HOME: homeDir, KUBECONFIG: kubeconfig, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let timedOut = false;
    const end = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve({ code: timedOut ? 124 : (code ?? 1), stdout, stderr });
    });
    // A kubectl that does not read to the end has said why on stderr.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
  });
}

/** Starts kubectl, to be talked to while it runs and to be ended by the caller (`child.kill()`). */
export function openKubectl(
  binary: string,
  kubeconfig: string,
  homeDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): OpenKubectl {
  mkdirSync(homeDir, { recursive: true });
  const child = spawn(binary, args, { env: { PATH: process.env.PATH, HOME: homeDir, KUBECONFIG: kubeconfig, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

import { type ChildProcess, spawn } from 'node:child_process';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; `timeout` when it had to be ended. */
  readonly code: number | 'timeout' | 'ended';
}

export interface KubectlOptions {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  readonly timeoutMs: number;
}

/** A kubectl that has been started. */
export interface RunningKubectl {
  readonly done: Promise<Outcome>;
  /** Resolves when stdout matches; rejects when it does not within `timeoutMs`, or ends before. */
  until(pattern: RegExp, timeoutMs: number): Promise<void>;
  end(): Promise<Outcome>;
}

export function startKubectl({ binary, args, cwd, env, stdin, timeoutMs }: KubectlOptions): RunningKubectl {
  const child = spawn(binary, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], argv0: 'kubectl' });
  const output = new Output(child);
  let forced: 'timeout' | 'ended' | undefined;
  const timer = setTimeout(() => {
    forced ??= 'timeout';
    child.kill('SIGKILL');
  }, timeoutMs);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({
        stdout: output.stdout,
        stderr: output.stderr + (signal && !forced ? `ended by ${signal}` : ''),
        code: forced ?? code ?? -1,
      });
    });
  });
  // kubectl may end without reading what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  return {
    done,
    until: (pattern, ms) => output.until(pattern, ms, done),
    end: () => {
      forced ??= 'ended';
      child.kill('SIGTERM');
      return done;
    },
  };
}

export function runKubectl(options: KubectlOptions): Promise<Outcome> {
  return startKubectl(options).done;
}

class Output {
  stdout = '';
  stderr = '';
  #changed: () => void = () => undefined;

  constructor(child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  until(pattern: RegExp, timeoutMs: number, done: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why} before its output matched ${pattern}:\n${this.stdout}${this.stderr}`));
      const timer = setTimeout(() => fail(`${timeoutMs} ms went by`), timeoutMs);
      this.#changed = () => {
        if (!pattern.test(this.stdout)) return;
        clearTimeout(timer);
        resolve();
      };
      done.then(
        () => {
          clearTimeout(timer);
          fail('kubectl ended');
        },
        (error: unknown) => reject(error),
      );
      this.#changed();
    });
  }
}

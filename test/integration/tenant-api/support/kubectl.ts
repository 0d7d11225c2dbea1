import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { findBinary } from './find-binary.ts';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real kubectl against one server, with a home and a cache of its own. */
export class Kubectl {
  readonly #binary: string;
  readonly #target: readonly string[];
  readonly #home = mkdtempSync(join(tmpdir(), 'kubezoo-kubectl-'));

  private constructor(binary: string, target: readonly string[]) {
    this.#binary = binary;
    this.#target = target;
  }

  /** `target`: flags that name the server. */
  static async find(...target: string[]): Promise<Kubectl> {
    return new Kubectl(await findBinary('kubectl'), target);
  }

  /** `stdin` for `-f -`. Never throws for an exit code. */
  run(args: readonly string[], stdin = '', env: Record<string, string> = {}): Promise<KubectlResult> {
    return new Promise((resolve) => {
      const child = execFile(this.#binary, this.#args(args), { env: this.#env(env) }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    });
  }

  /** Stdout of a command that must succeed. */
  async ok(args: readonly string[], stdin = ''): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, stdin);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** A command that does not end, as `get -w`; the lines it has printed, when they match. */
  follow(args: readonly string[]): { until(matches: (lines: string[]) => boolean): Promise<string[]>; stop(): void } {
    const child = spawn(this.#binary, this.#args(args), { env: this.#env({}), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const lines = () => output.split('\n').filter((line) => line !== '');
    return {
      until: (matches) =>
        eventually(() => {
          if (!matches(lines())) throw new Error(`kubectl ${args.join(' ')} printed:\n${output}`);
          return lines();
        }, 20_000),
      stop: () => child.kill(),
    };
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  #args(args: readonly string[]): string[] {
    return [...this.#target, '--cache-dir', join(this.#home, 'cache'), ...args];
  }

  #env(extra: Record<string, string>): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.#home, KUBECONFIG: '/dev/null', ...extra };
  }
}

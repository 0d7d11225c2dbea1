import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Printed {
  readonly code: number;
  /** Of stdout and stderr, as a terminal shows both. */
  readonly text: string;
}

/** Bash, as the reader of one guide uses it: what one command sets, the next one finds. */
export class GuideShell {
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #bash: ChildProcessWithoutNullStreams;
  readonly #going: ChildProcess[] = [];
  #text = '';
  #runs = 0;
  #onText: () => void = () => {};

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    this.#cwd = cwd;
    this.#env = env;
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd, env });
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#text += text;
        this.#onText();
      });
    }
    this.#bash.once('close', () => this.#onText());
  }

  /** Resolves when the command has ended; rejects with what it has printed when it takes too long. */
  run(command: string, timeoutMs: number): Promise<Printed> {
    const mark = `--- end of command ${++this.#runs} `;
    this.#text = '';
    // In base64, so that a command with a mistake in its syntax cannot swallow the mark.
    const encoded = Buffer.from(command).toString('base64');
    this.#bash.stdin.write(`eval "$(base64 -d <<<'${encoded}')" </dev/null 2>&1; __code=$?; echo; echo "${mark}$__code"\n`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#onText = () => {};
        reject(new Error(`not over after ${timeoutMs / 1000} s; so far:\n${this.#text}`));
      }, timeoutMs);
      this.#onText = () => {
        const end = new RegExp(`\\n${mark}(\\d+)\\n`).exec(this.#text);
        if (!end && this.#bash.exitCode === null) return;
        clearTimeout(timer);
        this.#onText = () => {};
        if (end) resolve({ code: Number(end[1]), text: this.#text.slice(0, end.index) });
        else reject(new Error(`the shell has ended:\n${this.#text}`));
      };
      this.#onText();
    });
  }

  /** Begins a command that does not end; resolves when it has printed what `isThere` looks for. */
  begin(command: string, isThere: (text: string) => boolean, timeoutMs: number): Promise<void> {
    const child = spawn('bash', ['-c', command], { cwd: this.#cwd, env: this.#env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#going.push(child);
    let text = '';
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}:\n${text}`));
      const timer = setTimeout(() => fail(`not there after ${timeoutMs / 1000} s`), timeoutMs);
      child.once('close', (code) => {
        clearTimeout(timer);
        fail(`it has ended with ${code}`);
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (more: string) => {
          text += more;
          if (!isThere(text)) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }

  /** Ctrl-C for what goes on; resolves when all of it has ended. */
  async close(): Promise<void> {
    for (const child of this.#going) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'close');
      // To all of its group, as a terminal does.
      process.kill(-child.pid!, 'SIGINT');
      await ended;
    }
    this.#bash.stdin.end();
    if (this.#bash.exitCode === null) await once(this.#bash, 'close');
  }
}

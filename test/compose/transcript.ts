import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export interface ShellOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written down in the place of the command. */
  readonly shownAs?: string;
  /** Of the output, the last lines that are written down. */
  readonly lines?: number;
}

/** What was run and what it said, as a person at a terminal would see it. */
export class Transcript {
  readonly #text: string[] = [];
  readonly #replacements: readonly (readonly [string, string])[];

  /** @param replacements what stands for paths of this machine */
  constructor(replacements: readonly (readonly [string, string])[]) {
    this.#replacements = replacements;
  }

  note(line: string): void {
    this.#add(`# ${line}`);
  }

  /** Runs a command and returns what it said on stdout. Throws an Error with all that it said when it fails. */
  async run(command: readonly string[], { env = process.env, cwd, shownAs, lines = 60 }: ShellOptions = {}): Promise<string> {
    this.#add(`$ ${shownAs ?? command.join(' ')}`);
    const started = performance.now();
    const { code, stdout, all } = await spawned(command, env, cwd);
    const shown = all.trimEnd().split('\n').slice(-lines).join('\n');
    if (shown !== '') this.#add(shown);
    this.#add(`  (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${all}`);
    return stdout;
  }

  save(file: string): void {
    writeFileSync(file, `${this.#text.join('\n').trimEnd()}\n`);
  }

  #add(text: string): void {
    const clean = this.#replacements.reduce((before, [from, to]) => before.replaceAll(from, to), text);
    console.log(clean);
    this.#text.push(clean);
  }
}

function spawned([file, ...args]: readonly string[], env: NodeJS.ProcessEnv, cwd: string | undefined) {
  return new Promise<{ code: number; stdout: string; all: string }>((resolve, reject) => {
    const child = spawn(file!, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, all }));
  });
}

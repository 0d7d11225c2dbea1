import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { destination } from 'pino';

export interface LineFileOptions {
  /** `-`: standard output, which is not rotated. */
  readonly path: string;
  /** A file that has grown to this is put aside, under a name with the time. */
  readonly maxBytes: number;
  /** So many are kept in all, the one that is written to among them. */
  readonly maxFiles: number;
  /** What may wait to be written; lines beyond it are dropped. */
  readonly maxWaitingBytes?: number;
  /** Told of each failure to write, to put aside or to remove. */
  readonly onTrouble: (error: unknown) => void;
}

const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** After a failure: lines that wait are tried again, and a file that could not be put aside. */
const RETRY_MS = 1_000;
/** At the end: what cannot be written by then is lost. */
const LAST_MS = 5_000;
/** A write of no more than this to a pipe is not mixed with others' (PIPE_BUF). */
const PIPE_BYTES = 4_096;

/**
 * Whole lines to a file, in the background: whoever writes never waits, neither for the disk nor for memory. What a slow or full disk does not
 * take is kept up to a limit, then dropped and counted; what was kept is written when there is room again.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  readonly #out: ReturnType<typeof destination>;
  #bytes = 0;
  #dropped = 0;
  #troubles = 0;
  #isMoving = false;
  #retry: NodeJS.Timeout | undefined;
  #notBefore = 0;

  /** @throws fs's errors, when the file cannot be opened */
  constructor(options: LineFileOptions) {
    this.#options = options;
    const { path, maxWaitingBytes: maxLength = MAX_WAITING_BYTES } = options;
    const isFile = path !== '-';
    if (isFile) this.#bytes = openPrivately(path);
    this.#out = destination({
      ...{ dest: isFile ? path : 1, sync: false, maxLength, mode: 0o600 },
      ...(!isFile && { maxWrite: PIPE_BYTES }),
    });
    this.#out.on('drop', () => {
      this.#dropped++;
    });
    this.#out.on('error', (error: unknown) => this.#trouble(error));
  }

  /** Lines that are lost. */
  get dropped(): number {
    return this.#dropped;
  }

  get troubles(): number {
    return this.#troubles;
  }

  /** @param line without its end */
  write(line: string): void {
    const text = `${line}\n`;
    const before = this.#dropped;
    this.#out.write(text);
    if (this.#dropped !== before) return;
    this.#bytes += Buffer.byteLength(text);
    if (this.#options.path !== '-' && this.#bytes >= this.#options.maxBytes) void this.#putAside();
  }

  /** Resolves when all is written, or cannot be. */
  close(): Promise<void> {
    clearTimeout(this.#retry);
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, LAST_MS);
      const done = () => {
        clearTimeout(giveUp);
        resolve();
      };
      this.#out.once('close', done);
      this.#out.end();
    });
  }

  async #putAside(): Promise<void> {
    const { path, maxFiles } = this.#options;
    if (this.#isMoving || performance.now() < this.#notBefore) return;
    this.#isMoving = true;
    try {
      await rename(path, asideName(path, new Date()));
      this.#bytes = 0;
      // What waits goes to the new file; the line that is being written, to the old one.
      this.#out.reopen();
      await removeOldest(path, maxFiles - 1);
    } catch (error) {
      this.#notBefore = performance.now() + RETRY_MS;
      this.#trouble(error);
    } finally {
      this.#isMoving = false;
    }
  }

  #trouble(error: unknown): void {
    this.#troubles++;
    this.#options.onTrouble(error);
    // The next line would be the next attempt, and there may be none for long.
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#out.write('');
    }, RETRY_MS).unref();
  }
}

/** @returns its size */
function openPrivately(path: string): number {
  closeSync(openSync(path, 'a', 0o600));
  const { size, mode } = statSync(path);
  // One that was there already may be for all to read.
  if ((mode & 0o077) !== 0) chmodSync(path, 0o600);
  return size;
}

/** `audit-2026-11-29T20-15-00.000Z.log`: by name they are in the order of time. */
function asideName(path: string, now: Date): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-${now.toISOString().replaceAll(':', '-')}${extension}`);
}

async function removeOldest(path: string, keep: number): Promise<void> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  const aside = (await readdir(dirname(path))).filter(
    (name) => name.startsWith(prefix) && /^\d{4}-\d\d-\d\dT[\d-]+\.\d+Z$/.test(name.slice(prefix.length, name.length - extension.length)),
  );
  const surplus = aside.sort().slice(0, Math.max(0, aside.length - keep));
  await Promise.all(surplus.map((name) => unlink(join(dirname(path), name))));
}

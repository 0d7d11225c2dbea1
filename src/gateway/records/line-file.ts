import { constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import { readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import sonicBoom from 'sonic-boom';

export interface LineFileOptions {
  /** `-`: standard output. What is no regular file is not put aside. */
  readonly path: string;
  /** A file that has grown to this is put aside, under a name with the time. */
  readonly maxBytes: number;
  /** So many are kept in all, the one that is written to among them. */
  readonly maxFiles: number;
  /** What may wait to be written; lines beyond it are dropped. */
  readonly maxWaitingBytes?: number;
  /** So long at most lines wait for others, to be written together: a write costs more than a line. None: each is written at once. */
  readonly gatherMs?: number;
  /** Told of each failure to write, to put aside or to remove. */
  readonly onTrouble: (error: unknown) => void;
}

const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** After a failure: lines that wait are tried again, and a file that could not be put aside. */
const RETRY_MS = 1_000;
/** At the end: what cannot be written by then is lost. */
const LAST_MS = 2_000;
/** A write of no more than this to a pipe is not mixed with others' (PIPE_BUF). */
const PIPE_BYTES = 4_096;
/** Lines that are gathered are written when they are so many. */
const GATHERED_BYTES = 4_000;

/**
 * Whole lines to a file, in the background: whoever writes never waits, neither for the disk nor for memory. What a slow or full disk does not
 * take is kept up to a limit, then dropped and counted; what was kept is written when there is room again.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  readonly #out: sonicBoom.SonicBoom;
  readonly #isFile: boolean;
  #bytes: number;
  /** Bytes. */
  #waiting = 0;
  #dropped = 0;
  #troubles = 0;
  #isMoving = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #notBefore = 0;

  /** @throws fs's errors, when the file cannot be opened */
  constructor(options: LineFileOptions) {
    this.#options = options;
    const { path, maxWaitingBytes: maxLength = MAX_WAITING_BYTES } = options;
    const { fd, size } = path === '-' ? { fd: 1, size: undefined } : openPrivately(path);
    this.#isFile = size !== undefined;
    this.#bytes = size ?? 0;
    // pino's own `destination` would be silent for good after one EPIPE.
    this.#out = new sonicBoom.SonicBoom({
      ...{ fd, sync: false, maxLength, mode: 0o600 },
      ...(!this.#isFile && { maxWrite: PIPE_BYTES }),
      ...(options.gatherMs !== undefined && { minLength: GATHERED_BYTES, periodicFlush: options.gatherMs }),
    });
    // Open already, so that there is no time in which a line could find no file; by name from the next one on.
    if (this.#isFile) Object.assign(this.#out, { file: path });
    this.#out.on('drop', () => {
      this.#dropped++;
    });
    this.#out.on('write', (bytes: number) => {
      this.#waiting -= bytes;
    });
    this.#out.on('error', (error: unknown) => this.#trouble(error));
    // A pipe may have no reader, and the end cannot wait for one.
    if (this.#isFile) process.on('exit', this.#writeRest);
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
    if (this.#isClosed) {
      this.#dropped++;
      return;
    }
    const text = `${line}\n`;
    const before = this.#dropped;
    try {
      this.#out.write(text);
    } catch (error) {
      // Whatever it is, it is no reason to end the request that the line is about.
      this.#dropped++;
      this.#trouble(error);
    }
    if (this.#dropped !== before) return;
    const bytes = Buffer.byteLength(text);
    this.#bytes += bytes;
    this.#waiting += bytes;
    if (this.#isFile && this.#bytes >= this.#options.maxBytes) void this.#putAside();
  }

  /** Resolves when all is written, or cannot be. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    clearTimeout(this.#retry);
    process.off('exit', this.#writeRest);
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        this.#options.onTrouble(new Error(`${this.#waiting} bytes could not be written`));
        resolve();
      }, LAST_MS);
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

  /** The process ends without `close`. */
  readonly #writeRest = (): void => {
    try {
      this.#out.flushSync();
    } catch {
      // Nobody is left to be told.
    }
  };

  #trouble(error: unknown): void {
    this.#troubles++;
    this.#options.onTrouble(error);
    // The next line would be the next attempt, and there may be none for long.
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      if (this.#isClosed) return;
      this.#out.write('');
      this.#out.flush();
    }, RETRY_MS).unref();
  }
}

/** `size` undefined: it is a pipe or a device. */
function openPrivately(path: string): { fd: number; size: number | undefined } {
  // Not to wait for somebody to read, if it is a pipe.
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o600);
  const stats = fstatSync(fd);
  if (!stats.isFile()) return { fd, size: undefined };
  // One that was there already may be for all to read.
  if ((stats.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  return { fd, size: stats.size };
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

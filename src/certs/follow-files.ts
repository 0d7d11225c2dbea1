/** Files that are replaced while a process runs: keys, kubeconfigs, tokens. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** How soon a change is noticed. Read, not watched: a mounted Secret is links to links, and one small file a second costs nothing. */
const INTERVAL_MS = 1_000;

/** Tells whether files have other contents than before, reading them once a second at most. */
export class FileChanges {
  readonly #files: readonly string[];
  /** Empty: nothing that could be used. */
  #seen: string;
  #nextRead: number;

  constructor(files: readonly string[]) {
    this.#files = files;
    this.#seen = fingerprint(files);
    this.#nextRead = performance.now() + INTERVAL_MS;
  }

  /** True once for each change. */
  changed(): boolean {
    const now = performance.now();
    if (now < this.#nextRead) return false;
    this.#nextRead = now + INTERVAL_MS;
    const found = fingerprint(this.#files);
    if (found === this.#seen) return false;
    this.#seen = found;
    return true;
  }

  /** What was seen could not be used: it is a change again, the next time that the files are read. */
  forget(): void {
    this.#seen = '';
  }
}

/**
 * Calls `onChange` within a second or two of a change, and again each second for as long as it throws (the other half of a pair may still be
 * missing); the first time, `onError` is told. Returns what ends it.
 */
export function followFiles(files: readonly string[], onChange: () => void, onError: (error: unknown) => void): () => void {
  const changes = new FileChanges(files);
  let isBehind = false;
  const timer = setInterval(() => {
    if (!changes.changed()) return;
    try {
      onChange();
      isBehind = false;
    } catch (error) {
      if (!isBehind) onError(error);
      isBehind = true;
      changes.forget();
    }
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Of a file that is not there, as of one that is. */
function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(createHash('sha256').update(read(file)).digest());
  return hash.digest('base64');
}

function read(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}

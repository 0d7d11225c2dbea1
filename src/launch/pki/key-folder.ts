/**
 * A folder of keys that is replaced as a set, laid out as the kubelet mounts a Secret: each file is a link into `..data`, which is a link to
 * the version in force. Whoever watches the folder (Envoy) sees one move, and never a certificate beside another one's key.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const DATA = '..data';

/** All files of the folder by name; none where it is not there. */
export function readKeyFolder(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const isFile = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  const names = readdirSync(folder).filter((name) => !name.startsWith('..') && isFile(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/**
 * Writes the named files, for their owner alone, and takes away those that are undefined; the others stay. All of it comes into force at
 * once. Plain files that lie there from an earlier version become part of the set.
 */
export function replaceKeys(folder: string, changes: Readonly<Record<string, string | undefined>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = readKeyFolder(folder);
  for (const [name, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(name);
    else files.set(name, content);
  }
  const before = currentVersion(folder);
  const version = `..${new Date().toISOString().replace(/[:.]/g, '_')}.${randomBytes(4).toString('hex')}`;
  mkdirSync(join(folder, version), { mode: 0o700 });
  for (const [name, content] of files) writeFileSync(join(folder, version, name), content, { mode: 0o600 });
  link(folder, DATA, version);
  for (const name of files.keys()) if (!isLinked(folder, name)) link(folder, name, join(DATA, name));
  for (const name of Object.keys(changes)) if (!files.has(name)) unlinkIfThere(join(folder, name));
  if (before !== undefined) rmSync(join(folder, before), { recursive: true, force: true });
}

/** The same, and nothing happens where the files are that already: whoever watches the folder has no news then. */
export function updateKeys(folder: string, files: Readonly<Record<string, string>>): void {
  const present = readKeyFolder(folder);
  if (Object.entries(files).some(([name, text]) => present.get(name) !== text)) replaceKeys(folder, files);
}

function currentVersion(folder: string): string | undefined {
  try {
    return readlinkSync(join(folder, DATA));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isLinked(folder: string, name: string): boolean {
  const path = join(folder, name);
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(path) === join(DATA, name);
}

/** In the place of whatever has that name, at once. */
function link(folder: string, name: string, target: string): void {
  const draft = join(folder, `..${name}.${process.pid}.new`);
  unlinkIfThere(draft);
  symlinkSync(target, draft);
  renameSync(draft, join(folder, name));
}

/** rmSync leaves a link that leads nowhere. */
function unlinkIfThere(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
}

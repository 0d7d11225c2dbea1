import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What people read to use the thing: README first, then all pages of docs/, by their paths in the checkout. */
export const GUIDES: readonly string[] = ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()];

export function readGuide(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

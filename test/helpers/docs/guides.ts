import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Pages that are being written elsewhere: links to them are let be, and their commands are not run. To be emptied when they are there. */
export const PAGES_TO_COME: readonly string[] = ['compose', 'helm', 'metrics', 'alerts', 'logging', 'audit', 'operator-page'].map(
  (name) => `docs/${name}.md`,
);

/** What people read to use the thing: README first, then all pages of docs/, by their paths in the checkout. */
export const GUIDES: readonly string[] = [
  'README.md',
  ...globSync('docs/*.md', { cwd: ROOT })
    .filter((path) => !PAGES_TO_COME.includes(path))
    .sort(),
];

export function readGuide(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

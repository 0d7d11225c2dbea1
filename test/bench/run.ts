/**
 * `npm run bench [NAME …] [-- OPTION …]`: each `*.bench.ts` in this folder whose name holds one of the words, in a process of its own; figures
 * are ratios within one run. A benchmark whose first line is `// Only when named.` takes minutes and is left out where no word is given.
 * All from the first option on is for the benchmarks: `npm run bench -- collection-list --steps 1,10`.
 */
import { globSync, readFileSync } from 'node:fs';
import { runForeground } from '../helpers/run-foreground.ts';

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const words = firstOption < 0 ? args : args.slice(0, firstOption);
const options = args.slice(words.length);
const isLong = (file: string) => readFileSync(file, 'utf8').startsWith('// Only when named.');
const files = globSync('test/bench/*.bench.ts')
  .sort()
  .filter((file) => (words.length === 0 ? !isLong(file) : words.some((word) => file.includes(word))));
if (files.length === 0) console.error(`no benchmark is called ${words.join(' or ')}`);
let failed = files.length === 0;
for (const file of files) {
  console.log(`\n== ${file}`);
  const code = await runForeground(['--expose-gc', file, ...options]);
  failed ||= code !== 0;
}
process.exitCode = failed ? 1 : 0;

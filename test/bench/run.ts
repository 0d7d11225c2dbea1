/** `npm run bench [NAME …]`: each `*.bench.ts` in this folder whose name holds one of the words, in a process of its own. Figures are ratios within one run. */
import { globSync } from 'node:fs';
import { runForeground } from '../helpers/run-foreground.ts';

const words = process.argv.slice(2);
const files = globSync('test/bench/*.bench.ts')
  .sort()
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) console.error(`no benchmark is called ${words.join(' or ')}`);
let failed = files.length === 0;
for (const file of files) {
  console.log(`\n== ${file}`);
  failed ||= (await runForeground(['--expose-gc', file])) !== 0;
}
process.exitCode = failed ? 1 : 0;

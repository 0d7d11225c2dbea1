/** What the product's bootstrap does with its child, without all that comes before. */
import { fileURLToPath } from 'node:url';
import { runChild } from '../../../../bin/run-child.mjs';
import { npmAbove } from '../../../../bin/watch-npm.mjs';

process.exitCode = await runChild(process.execPath, [fileURLToPath(new URL('./child.mjs', import.meta.url)), process.argv[2]], npmAbove());

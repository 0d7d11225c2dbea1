/** `node test/unit/cli/write-cli-doc.ts`: brings docs/cli.md up to date with the commands. */
import { writeFileSync } from 'node:fs';
import { CLI_DOC, readCliDoc } from './cli-doc.ts';

delete process.env.KUBEZOO_HOME;
writeFileSync(CLI_DOC, readCliDoc().wanted);

/** `node test/unit/config/write-config-doc.ts`: brings docs/configuration.md up to date with the schema. */
import { writeFileSync } from 'node:fs';
import { CONFIG_DOC, readConfigDoc } from './config-doc.ts';

writeFileSync(CONFIG_DOC, readConfigDoc().wanted);

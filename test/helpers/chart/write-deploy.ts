/** `node test/helpers/chart/write-deploy.ts`: brings the made files under `deploy/` up to date. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartFiles, manifestFiles } from './deploy-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kz-deploy-'));
try {
  for (const [file, text] of chartFiles()) writeFileSync(file, text);
  for (const [file, text] of await manifestFiles(folder)) writeFileSync(file, text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes `<folder>/<id>.kubeconfig`, for its owner alone, so that a reader sees the old text or the new one. */
export async function publishKubeconfig(folder: string, tenantId: string, text: string): Promise<void> {
  const file = fileOf(folder, tenantId);
  if ((await readIfThere(file)) === text) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  await rename(temporary, file);
}

export async function removeKubeconfig(folder: string, tenantId: string): Promise<void> {
  await rm(fileOf(folder, tenantId), { force: true });
}

function fileOf(folder: string, tenantId: string): string {
  return join(folder, `${tenantId}.kubeconfig`);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

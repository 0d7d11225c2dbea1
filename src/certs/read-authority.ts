import { readFile } from 'node:fs/promises';
import type { Authority } from './authority.ts';

/** PEM files: the CA that signs tenants' certificates, and its key. */
export interface AuthorityFiles {
  readonly clientCaFile: string;
  readonly clientCaKeyFile: string;
}

/** Read for each use: the CA may be renewed at any time, and its key is in memory no longer than needed. Rejects with fs's errors. */
export async function readAuthority({ clientCaFile, clientCaKeyFile }: AuthorityFiles): Promise<Authority> {
  const [certificatePem, keyPem] = await Promise.all([readFile(clientCaFile, 'utf8'), readFile(clientCaKeyFile, 'utf8')]);
  return { certificatePem, keyPem };
}

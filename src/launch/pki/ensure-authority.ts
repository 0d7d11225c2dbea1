import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../../certs/authority.ts';
import { replaceKeys } from './key-folder.ts';

/** A certificate authority kept in files, and what is in them. */
export interface AuthorityFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** The authority in `folder` (`<name>.crt`, `<name>.key`), made at the first call. Throws when only one of the two files is there. */
export async function ensureAuthority(folder: string, commonName: string, name = 'ca'): Promise<AuthorityFiles> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  if (!existsSync(certFile) && !existsSync(keyFile)) {
    const { certificatePem, keyPem } = await createAuthority({ commonName });
    replaceKeys(folder, { [`${name}.crt`]: certificatePem, [`${name}.key`]: keyPem });
  }
  const certificatePem = readFileSync(certFile, 'utf8');
  if (new X509Certificate(certificatePem).validToDate < new Date())
    throw new Error(`${certFile} has expired: what it signed is worth nothing any more`);
  return { certFile, keyFile, certificatePem, keyPem: readFileSync(keyFile, 'utf8') };
}

import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate } from '../../certs/issue-certificate.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import type { AuthorityFiles } from './ensure-authority.ts';

const DAYS = 365;
/** A start renews what would end within this time. */
const RENEW_BEFORE_MS = 60 * 24 * 60 * 60 * 1000;

export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** For a server; otherwise for a client. */
  readonly server?: boolean;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** The certificate `<folder>/<name>.crt` with its key, issued when it is missing, of another authority, or near its end. */
export async function ensureCertificate(
  authority: AuthorityFiles,
  folder: string,
  name: string,
  subject: CertificateSubject,
): Promise<CertificateFiles> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  if (!existsSync(certFile) || !existsSync(keyFile) || !isGood(readFileSync(certFile, 'utf8'), authority)) {
    const { commonName, organizations, dnsNames, ipAddresses, server = false } = subject;
    const issued = await issueCertificate(authority, {
      commonName,
      ...(organizations && { organizations: [...organizations] }),
      ...(dnsNames && { dnsNames: [...dnsNames] }),
      ...(ipAddresses && { ipAddresses: [...ipAddresses] }),
      ...(server ? { server: true } : { client: true }),
      days: DAYS,
    });
    writeSecretFile(keyFile, issued.keyPem);
    writeSecretFile(certFile, issued.certificatePem);
  }
  return { certFile, keyFile, certificatePem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
}

function isGood(certificatePem: string, authority: AuthorityFiles): boolean {
  const certificate = new X509Certificate(certificatePem);
  return (
    certificate.verify(new X509Certificate(authority.certificatePem).publicKey) &&
    certificate.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS
  );
}

import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../../certs/authority.ts';
import { issueCertificate } from '../../certs/issue-certificate.ts';
import type { AuthorityFiles } from './ensure-authority.ts';
import { replaceKeys } from './key-folder.ts';

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

/** The certificate `<folder>/<name>.crt` with its key, issued when it is missing, of another authority, for other hosts, or near its end. */
export async function ensureCertificate(
  authority: AuthorityFiles,
  folder: string,
  name: string,
  subject: CertificateSubject,
): Promise<CertificateFiles> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  if (!existsSync(certFile) || !existsSync(keyFile) || !isGood(readFileSync(certFile, 'utf8'), authority, subject)) {
    replaceKeys(folder, await renewedKeys(authority, name, subject));
  }
  return { certFile, keyFile, certificatePem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
}

/** A new key and certificate, as the files that are to be replaced. */
export async function renewedKeys(authority: Authority, name: string, subject: CertificateSubject): Promise<Record<string, string>> {
  const { commonName, organizations, dnsNames, ipAddresses, server = false } = subject;
  const issued = await issueCertificate(authority, {
    commonName,
    ...(organizations && { organizations: [...organizations] }),
    ...(dnsNames && { dnsNames: [...dnsNames] }),
    ...(ipAddresses && { ipAddresses: [...ipAddresses] }),
    ...(server ? { server: true } : { client: true }),
    days: DAYS,
  });
  return { [`${name}.crt`]: issued.certificatePem, [`${name}.key`]: issued.keyPem };
}

function isGood(certificatePem: string, authority: AuthorityFiles, subject: CertificateSubject): boolean {
  const certificate = new X509Certificate(certificatePem);
  return (
    certificate.verify(new X509Certificate(authority.certificatePem).publicKey) &&
    certificate.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS &&
    isFor(certificate, subject)
  );
}

/** Names are compared to the letter: of a pattern, `checkHost` would ask whether it is a host. */
function isFor(certificate: X509Certificate, { dnsNames = [], ipAddresses = [] }: CertificateSubject): boolean {
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return dnsNames.every((name) => names.includes(`DNS:${name}`)) && ipAddresses.every((address) => certificate.checkIP(address));
}

/**
 * The X.520 serialNumber of a tenant's certificate: `<uid of the Tenant>/<number>`. The number says when the certificate was made
 * and which one it is: `<milliseconds of the epoch, base 36>-<ten random characters>`. All of it stays below X.520's 64 characters.
 */
import { randomInt, type X509Certificate } from 'node:crypto';

export interface CertificateNumber {
  /** `metadata.uid` of the Tenant that the certificate was made for. */
  readonly tenantUid: string;
  /** Undefined in certificates that were made before there were numbers. */
  readonly number: string | undefined;
  /** Milliseconds of the epoch; 0 where it is not known. */
  readonly issuedAt: number;
}

const NUMBER = /^([0-9a-z]{1,9})-[0-9a-z]{10}$/;
const RANDOM_LENGTH = 10;

export function newCertificateNumber(issuedAt: number): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => randomInt(36).toString(36)).join('');
  return `${issuedAt.toString(36)}-${random}`;
}

/** When the certificate of that number was made, in milliseconds of the epoch; undefined for what is no number. */
export function issueTimeOfNumber(number: string): number | undefined {
  const digits = NUMBER.exec(number)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 36);
}

export function serialNumberOf(tenantUid: string, number: string): string {
  return `${tenantUid}/${number}`;
}

/** Undefined for a text that is neither a uid alone nor one with a number behind it. */
export function parseSerialNumber(text: string): CertificateNumber | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return { tenantUid: text, number: undefined, issuedAt: 0 };
  const number = text.slice(slash + 1);
  const issuedAt = issueTimeOfNumber(number);
  return issuedAt === undefined ? undefined : { tenantUid: text.slice(0, slash), number, issuedAt };
}

/** What a tenant's certificate says of itself; undefined where there is no serial number, as in one that was signed by hand. */
export function readCertificateNumber(certificate: X509Certificate): CertificateNumber | undefined {
  // One line an attribute.
  const serial = /^serialNumber=(.*)$/m.exec(certificate.subject)?.[1];
  return serial === undefined ? undefined : parseSerialNumber(serial);
}

/**
 * The X.520 serialNumber of a tenant's certificate: `<uid of the Tenant>/<number>`. The number says which certificate it is, when it was made
 * and for how long: `<milliseconds of the epoch>-<seconds of its life>-<ten random characters>`, in base 36. All of it stays within X.520's
 * 64 characters. (Envoy tells the sidecar no more of a certificate than its subject.)
 */
import { randomInt, type X509Certificate } from 'node:crypto';

/** Milliseconds of the epoch. */
export interface CertificateLife {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface CertificateNumber extends CertificateLife {
  /** `metadata.uid` of the Tenant that the certificate was made for. */
  readonly tenantUid: string;
  /** Undefined in certificates that were made before there were numbers: those count as made at time 0, and to end as TLS sees to it. */
  readonly number: string | undefined;
}

/** What is known of a certificate without a number. */
export const UNKNOWN_LIFE: CertificateLife = { issuedAt: 0, expiresAt: Number.POSITIVE_INFINITY };

const NUMBER = /^([0-9a-z]{1,9})-([0-9a-z]{1,6})-[0-9a-z]{10}$/;
const RANDOM_LENGTH = 10;
/** Six digits, some 69 years. */
const LONGEST_LIFE_S = 36 ** 6 - 1;

export function newCertificateNumber({ issuedAt, expiresAt }: CertificateLife): string {
  const seconds = Math.min(LONGEST_LIFE_S, Math.max(0, Math.ceil((expiresAt - issuedAt) / 1000)));
  const random = Array.from({ length: RANDOM_LENGTH }, () => randomInt(36).toString(36)).join('');
  return `${Math.floor(issuedAt).toString(36)}-${seconds.toString(36)}-${random}`;
}

/** Undefined for what is no number. */
export function lifeOfNumber(number: string): CertificateLife | undefined {
  const [, issued, seconds] = NUMBER.exec(number) ?? [];
  if (issued === undefined || seconds === undefined) return undefined;
  const issuedAt = Number.parseInt(issued, 36);
  return { issuedAt, expiresAt: issuedAt + Number.parseInt(seconds, 36) * 1000 };
}

export function serialNumberOf(tenantUid: string, number: string): string {
  return `${tenantUid}/${number}`;
}

/** Undefined for a text that is neither a uid alone nor one with a number behind it. */
export function parseSerialNumber(text: string): CertificateNumber | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return { tenantUid: text, number: undefined, ...UNKNOWN_LIFE };
  const number = text.slice(slash + 1);
  const life = lifeOfNumber(number);
  return life && { tenantUid: text.slice(0, slash), number, ...life };
}

/** What a tenant's certificate says of itself; undefined where there is no serial number, as in one that was signed by hand. */
export function readCertificateNumber(certificate: X509Certificate): CertificateNumber | undefined {
  // One line an attribute.
  const serial = /^serialNumber=(.*)$/m.exec(certificate.subject)?.[1];
  return serial === undefined ? undefined : parseSerialNumber(serial);
}

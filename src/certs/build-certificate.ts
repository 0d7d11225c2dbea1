import { createHash, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type Asn1,
  context,
  type Extension,
  extensions,
  fromDer,
  integer,
  keyBits,
  sequence,
  signatureAlgorithm,
  signCertificate,
  time,
} from './x509-encoding.ts';

const DAY_MS = 86_400_000;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 5 * 60_000;

export interface GeneratedKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly privateKeyPem: string;
}

/** EC P-256: made in a fraction of a millisecond, and a cheaper handshake for Envoy than RSA. */
export async function generateKey(): Promise<GeneratedKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return { publicKey, privateKey, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

export interface CertificateParts {
  readonly issuer: Asn1;
  readonly issuerKey: KeyObject;
  readonly subject: Asn1;
  readonly publicKey: KeyObject;
  readonly days: number;
  /** Not valid longer than this, whatever `days` says. */
  readonly notAfter?: Date;
  readonly extensions: readonly Extension[];
}

/** X.509 version 3 (RFC 5280), valid from a few minutes ago, PEM. */
export function buildCertificate(parts: CertificateParts): string {
  const now = Date.now();
  const wanted = now + parts.days * DAY_MS;
  const notAfter = new Date(Math.min(wanted, parts.notAfter?.getTime() ?? wanted));
  const tbs = sequence(
    context(0, true, [integer(Buffer.from([2]))]),
    integer(randomSerial()),
    signatureAlgorithm(parts.issuerKey),
    parts.issuer,
    sequence(time(new Date(now - BACKDATED_MS)), time(notAfter)),
    parts.subject,
    fromDer(parts.publicKey.export({ type: 'spki', format: 'der' })),
    extensions(parts.extensions),
  );
  return signCertificate(tbs, parts.issuerKey);
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the key's bits. A name, not a protection. */
export function publicKeyId(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(keyBits(publicKey)).digest();
}

/** 127 random bits, positive, without a leading zero byte. */
function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

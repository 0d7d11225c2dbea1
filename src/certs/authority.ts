import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { buildCertificate, generateKey, publicKeyId } from './build-certificate.ts';
import { type Asn1, bits, boolean, childrenOf, distinguishedName, fromDer, octets, sequence } from './x509-encoding.ts';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export type Authority = KeyedCertificate;

const TEN_YEARS_IN_DAYS = 3653;

/** A new self-signed CA that may sign leaf certificates only. */
export async function createAuthority({ commonName, days = TEN_YEARS_IN_DAYS }: { commonName: string; days?: number }): Promise<Authority> {
  const key = await generateKey();
  const name = distinguishedName([{ oid: '2.5.4.3', value: commonName }]);
  const certificatePem = buildCertificate({
    issuer: name,
    issuerKey: key.privateKey,
    subject: name,
    publicKey: key.publicKey,
    days,
    extensions: [
      { oid: '2.5.29.19', critical: true, value: sequence(boolean(true)) },
      // keyCertSign and cRLSign: bits 5 and 6, the last one being unused.
      { oid: '2.5.29.15', critical: true, value: bits(Buffer.from([0b00000110]), 1) },
      { oid: '2.5.29.14', value: octets(publicKeyId(key.publicKey)) },
    ],
  });
  return { certificatePem, keyPem: key.privateKeyPem };
}

/** What signing needs to know of a CA, whoever made it. */
export interface Issuer {
  readonly key: KeyObject;
  /** Its subject, as it is encoded there. */
  readonly name: Asn1;
  readonly keyId: Buffer | undefined;
  readonly notAfter: Date;
}

/** Throws an Error when the two do not belong together, or the certificate is no CA's. */
export function readIssuer({ certificatePem, keyPem }: Authority): Issuer {
  const certificate = new X509Certificate(certificatePem);
  const key = createPrivateKey(keyPem);
  if (!certificate.ca) throw new Error('the certificate is not a CA');
  if (!certificate.checkPrivateKey(key)) throw new Error("the CA's certificate and key do not belong together");
  const tbs = childrenOf(childrenOf(fromDer(certificate.raw))[0]);
  // Version 1 has no version field; a CA certificate has been version 3 for as long as there is the CA flag.
  const name = tbs[5];
  if (!name) throw new Error('the CA certificate has no subject');
  return { key, name, keyId: subjectKeyId(tbs), notAfter: certificate.validToDate };
}

/** Must be the CA's own, by whatever method it was made: OpenSSL compares the two. */
function subjectKeyId(tbs: readonly Asn1[]): Buffer | undefined {
  const list = tbs.find(({ tagClass, type }) => tagClass === 128 && Number(type) === 3);
  const wanted = Buffer.from([0x55, 0x1d, 0x0e]).toString('binary');
  const extension = list && childrenOf(childrenOf(list)[0]).find((item) => childrenOf(item)[0]?.value === wanted);
  const value = extension && childrenOf(extension).at(-1)?.value;
  if (value === undefined) return undefined;
  // forge reads what an OCTET STRING holds where it can; else it leaves the bytes.
  const inner = typeof value === 'string' ? fromDer(Buffer.from(value, 'binary')) : value[0];
  return typeof inner?.value === 'string' ? Buffer.from(inner.value, 'binary') : undefined;
}

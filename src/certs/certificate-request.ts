/** PKCS #10 certificate requests (RFC 2986), to be read and to be made. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import forge from 'node-forge';
import { generateKey } from './build-certificate.ts';
import {
  type Asn1,
  bits,
  bytesOf,
  childrenOf,
  context,
  distinguishedName,
  fromDer,
  fromForeignDer,
  integer,
  type NameAttribute,
  sequence,
  signatureAlgorithm,
  toDer,
} from './x509-encoding.ts';

const { Type } = forge.asn1;
const LABEL = 'CERTIFICATE REQUEST';
const MAX_BYTES = 32 * 1024;
/** Types of string that hold text in one way only. */
const TEXT_TYPES: readonly number[] = [Type.UTF8, Type.PRINTABLESTRING, Type.IA5STRING];

/** Signatures that are taken, by their OID: ECDSA and RSA (PKCS #1 v1.5) with SHA-2. */
const HASHES: Readonly<Record<string, { keyType: string; hash: string }>> = {
  '1.2.840.10045.4.3.2': { keyType: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { keyType: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { keyType: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { keyType: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', hash: 'sha512' },
};
/** Those that Envoy verifies handshakes with. */
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];
const RSA_BITS = { least: 2048, most: 8192 };

export interface RequestedCertificate {
  readonly publicKey: KeyObject;
  /** Attributes of the subject, in its order. */
  readonly subject: readonly NameAttribute[];
}

/** Reads a request whose sender has the private key. Throws an Error that says, for people, what is wrong with it. */
export function readCertificateRequest(pem: string): RequestedCertificate {
  const root = parse(pem);
  const request = childrenOf(root);
  const [info, algorithm, signature] = request;
  const [version, name, spki] = childrenOf(info);
  if (Number(root.type) !== Type.SEQUENCE || request.length !== 3 || !version || !name || !spki)
    throw new Error('it is not a certificate request of PKCS #10');
  const publicKey = readKey(spki);
  const oid = childrenOf(algorithm)[0];
  const method = HASHES[oid ? forge.asn1.derToOid(bytesOf(oid).toString('binary')) : ''];
  if (!method || method.keyType !== publicKey.asymmetricKeyType) throw new Error('it is not signed by ECDSA or RSA with SHA-2');
  if (!verify(method.hash, toDer(info!), publicKey, bytesOf(signature).subarray(1))) {
    throw new Error('its signature is not one of its own key');
  }
  return { publicKey, subject: childrenOf(name).flatMap(readAttributes) };
}

/** A new key and a request for its certificate, both PEM. */
export async function createCertificateRequest(subject: readonly NameAttribute[]): Promise<{ requestPem: string; keyPem: string }> {
  const { publicKey, privateKey, privateKeyPem } = await generateKey();
  const spki = fromDer(publicKey.export({ type: 'spki', format: 'der' }));
  const info = sequence(integer(Buffer.from([0])), distinguishedName(subject), spki, context(0, true, []));
  const der = toDer(sequence(info, signatureAlgorithm(privateKey), bits(sign('sha256', toDer(info), privateKey))));
  const body = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return { requestPem: `-----BEGIN ${LABEL}-----\n${body}\n-----END ${LABEL}-----\n`, keyPem: privateKeyPem };
}

function parse(pem: string): Asn1 {
  const found = /^\s*-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*$/.exec(pem);
  if (!found) throw new Error('it is not one PEM block of type CERTIFICATE REQUEST');
  const der = Buffer.from(found[1]!, 'base64');
  if (der.length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
  try {
    return fromForeignDer(der);
  } catch (cause) {
    throw new Error('it is not a certificate request in DER', { cause });
  }
}

function readKey(spki: Asn1): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: toDer(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new Error('its public key cannot be read', { cause });
  }
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isUsable =
    key.asymmetricKeyType === 'ec'
      ? CURVES.includes(namedCurve)
      : key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most;
  if (!isUsable) throw new Error('its key is neither RSA of 2048 bits or more nor on one of the curves P-256, P-384 and P-521');
  return key;
}

/** Of a multi-valued name each part counts like any other. */
function readAttributes(set: Asn1): NameAttribute[] {
  return childrenOf(set).map((attribute) => {
    const [type, value] = childrenOf(attribute);
    if (!type || !value || !TEXT_TYPES.includes(Number(value.type))) throw new Error('its subject holds something that is not text');
    const oid = forge.asn1.derToOid(bytesOf(type).toString('binary'));
    return { oid, value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(value)) };
  });
}

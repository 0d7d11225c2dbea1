/**
 * The few ASN.1 shapes of a certificate, by node-forge's encoder. forge's own certificate class is not used: it can
 * only carry RSA keys and signs with them in JavaScript. Here node:crypto makes the keys and the signature.
 */
import { type KeyObject, sign } from 'node:crypto';
import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;
export type Asn1 = forge.asn1.Asn1;

/** An attribute of a name, with its type's OID. */
export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Asn1;
}

export function sequence(...items: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, items);
}

export function set(...items: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, items);
}

export function context(tag: number, constructed: boolean, value: Asn1[] | Buffer): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag as never, constructed, Array.isArray(value) ? value : value.toString('binary'));
}

export function primitive(type: forge.asn1.Type, bytes: Buffer): Asn1 {
  return asn1.create(Class.UNIVERSAL, type, false, bytes.toString('binary'));
}

export function oid(dotted: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());
}

export function boolean(value: boolean): Asn1 {
  return primitive(Type.BOOLEAN, Buffer.from([value ? 0xff : 0]));
}

/** `bytes` big-endian, the first below 0x80: positive. */
export function integer(bytes: Buffer): Asn1 {
  return primitive(Type.INTEGER, bytes);
}

export function octets(bytes: Buffer): Asn1 {
  return primitive(Type.OCTETSTRING, bytes);
}

export function bits(bytes: Buffer, unused = 0): Asn1 {
  return primitive(Type.BITSTRING, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** One attribute a set: nobody reads multi-valued names the same way. */
export function distinguishedName(attributes: readonly NameAttribute[]): Asn1 {
  return sequence(...attributes.map(({ oid: type, value }) => set(sequence(oid(type), primitive(Type.UTF8, Buffer.from(value))))));
}

/** RFC 5280 §4.1.2.5: two-digit years until 2049. */
export function time(date: Date): Asn1 {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, Buffer.from(digits.slice(2)))
    : primitive(Type.GENERALIZEDTIME, Buffer.from(digits));
}

export function extensions(list: readonly Extension[]): Asn1 {
  const items = list.map(({ oid: id, critical, value }) => sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(toDer(value))));
  return context(3, true, [sequence(...items)]);
}

export function toDer(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'binary');
}

export function fromDer(der: Buffer): Asn1 {
  return asn1.fromDer(der.toString('binary'));
}

/** What somebody else has sent: DER to the letter, so that what is read is what was signed. Bit strings stay bytes. Throws an Error. */
export function fromForeignDer(der: Buffer): Asn1 {
  const value = asn1.fromDer(der.toString('binary'), { strict: true, parseAllBytes: true, decodeBitStrings: false } as never);
  if (!toDer(value).equals(der)) throw new Error('it is not DER');
  return value;
}

export function childrenOf(node: Asn1 | undefined): Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}

/** The bytes of a primitive; none of anything else. */
export function bytesOf(node: Asn1 | undefined): Buffer {
  return typeof node?.value === 'string' ? Buffer.from(node.value, 'binary') : Buffer.alloc(0);
}

/** What the BIT STRING of a SubjectPublicKeyInfo holds. */
export function keyBits(publicKey: KeyObject): Buffer {
  const [, key] = childrenOf(fromForeignDer(publicKey.export({ type: 'spki', format: 'der' })));
  return bytesOf(key).subarray(1);
}

/** AlgorithmIdentifier of SHA-256 with this key. Throws an Error for a key that is neither RSA nor on a NIST curve. */
export function signatureAlgorithm(key: KeyObject): Asn1 {
  if (key.asymmetricKeyType === 'ec') return sequence(oid('1.2.840.10045.4.3.2'));
  if (key.asymmetricKeyType === 'rsa') return sequence(oid('1.2.840.113549.1.1.11'), primitive(Type.NULL, Buffer.alloc(0)));
  throw new Error(`a CA key must be RSA or EC, not ${key.asymmetricKeyType}`);
}

/** The finished certificate, PEM. `tbs` names the algorithm of `key`. */
export function signCertificate(tbs: Asn1, key: KeyObject): string {
  const der = toDer(sequence(tbs, signatureAlgorithm(key), bits(sign('sha256', toDer(tbs), key))));
  const body = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

import type { KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { isHeaderSafe, LONGEST_CERTIFIED_NAME } from '../names/certified-name.ts';
import { type Authority, type KeyedCertificate, readIssuer } from './authority.ts';
import { buildCertificate, generateKey, publicKeyId } from './build-certificate.ts';
import { bits, context, distinguishedName, type Extension, type NameAttribute, octets, oid, sequence } from './x509-encoding.ts';

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly organizationalUnit?: string;
  /** X.520 serialNumber: which of the bearers of a name it is. */
  readonly serialNumber?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** What it is for: a server, a client, or both. */
  readonly server?: boolean;
  readonly client?: boolean;
  /** Validity; cut short where the CA ends earlier. */
  readonly days: number;
}

/**
 * A new key and its certificate, signed by `authority`. Throws an Error for a name that could not stand in an HTTP
 * header: it would be somebody's identity, and identities travel in headers.
 */
export async function issueCertificate(authority: Authority, request: CertificateRequest): Promise<KeyedCertificate> {
  const key = await generateKey();
  return { certificatePem: certify(authority, request, key.publicKey), keyPem: key.privateKeyPem };
}

/** The certificate of a key that somebody else holds, PEM. Throws as issueCertificate does. */
export function certify(authority: Authority, request: CertificateRequest, publicKey: KeyObject): string {
  const issuer = readIssuer(authority);
  const subject: NameAttribute[] = [
    ...(request.organizations ?? []).map((value) => ({ oid: '2.5.4.10', value })),
    ...(request.organizationalUnit === undefined ? [] : [{ oid: '2.5.4.11', value: request.organizationalUnit }]),
    ...(request.serialNumber === undefined ? [] : [{ oid: '2.5.4.5', value: request.serialNumber }]),
    { oid: '2.5.4.3', value: request.commonName },
  ];
  for (const { value } of subject) assertStandsInHeader(value);
  return buildCertificate({
    issuer: issuer.name,
    issuerKey: issuer.key,
    subject: distinguishedName(subject),
    publicKey,
    days: request.days,
    notAfter: issuer.notAfter,
    extensions: [
      { oid: '2.5.29.19', critical: true, value: sequence() },
      // digitalSignature: the one use of a client's key in TLS 1.3, and of an EC key ever.
      { oid: '2.5.29.15', critical: true, value: bits(Buffer.from([0b10000000]), 7) },
      ...extendedKeyUsage(request),
      { oid: '2.5.29.14', value: octets(publicKeyId(publicKey)) },
      ...(issuer.keyId ? [{ oid: '2.5.29.35', value: sequence(context(0, false, issuer.keyId)) }] : []),
      ...alternativeNames(request),
    ],
  });
}

/** Printable ASCII, without spaces at its ends. */
function assertStandsInHeader(value: string): void {
  if (value.length > LONGEST_CERTIFIED_NAME) {
    throw new Error(`a name in a certificate may have ${LONGEST_CERTIFIED_NAME} characters at most`);
  }
  if (!isHeaderSafe(value)) {
    throw new Error(`${JSON.stringify(value)} cannot be a name in a certificate: printable ASCII only, no space at its ends`);
  }
}

function extendedKeyUsage({ server, client }: CertificateRequest): Extension[] {
  if (!server && !client) throw new Error('a certificate must be for a server or a client');
  const uses = [...(server ? ['1.3.6.1.5.5.7.3.1'] : []), ...(client ? ['1.3.6.1.5.5.7.3.2'] : [])];
  return [{ oid: '2.5.29.37', value: sequence(...uses.map(oid)) }];
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): Extension[] {
  const names = [
    ...dnsNames.map((name) => context(2, false, Buffer.from(name, 'ascii'))),
    ...ipAddresses.map((address) => context(7, false, addressBytes(address))),
  ];
  return names.length === 0 ? [] : [{ oid: '2.5.29.17', value: sequence(...names) }];
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) throw new Error(`${address} is not an IP address`);
  // The URL parser writes any spelling, an embedded IPv4 address too, as at most eight groups of hex.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

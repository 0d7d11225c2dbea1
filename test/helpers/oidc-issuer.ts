import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAuthority } from '../../src/certs/authority.ts';
import { issueCertificate } from '../../src/certs/issue-certificate.ts';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

export type Claims = Readonly<Record<string, unknown>>;

/** A small OIDC issuer: keys at an https URL, and tokens. */
export interface OidcIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
  /** PEM file of the CA of that URL. */
  readonly caFile: string;
  key: SigningKey;
  /** What it shows as its keys from now on. */
  show(...keys: SigningKey[]): void;
  /** An ID token as the issuer makes it, for an hour, with these claims in the place of its own; undefined takes one away. */
  token(claims: Claims, key?: SigningKey): string;
  /** Times that its keys were read. */
  readonly reads: () => number;
  /** Connections that ended before a word was said, as of somebody who does not trust its certificate. */
  readonly refused: () => number;
  /** After `close`: where it was. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export const AUDIENCE = 'kubezoo-test';

/** @param folder for its CA's certificate */
export async function startOidcIssuer(folder: string): Promise<OidcIssuer> {
  const authority = await createAuthority({ commonName: 'issuer' });
  const serving = await issueCertificate(authority, { commonName: 'issuer', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
  const caFile = join(folder, 'issuer-ca.crt');
  writeFileSync(caFile, authority.certificatePem);
  let shown: readonly SigningKey[] = [];
  let reads = 0;
  let refused = 0;
  const server = createServer({ cert: serving.certificatePem, key: serving.keyPem }, (_, response) => {
    reads += 1;
    response.setHeader('content-type', 'application/json').end(jwksOf(shown));
  });
  server.on('tlsClientError', () => {
    refused += 1;
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer = `https://127.0.0.1:${port}`;
  const self: OidcIssuer = {
    issuer,
    jwksUri: `${issuer}/keys`,
    caFile,
    key: newKey('first'),
    show: (...keys) => {
      shown = keys;
    },
    token: (claims, key = self.key) => signToken(idToken(issuer, claims), key),
    reads: () => reads,
    refused: () => refused,
    reopen: () => listen(port),
    close: () => end(server),
  };
  self.show(self.key);
  return self;
}

export function newKey(kid: string): SigningKey {
  return { kid, privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
}

/** RFC 7517. */
export function jwksOf(keys: readonly SigningKey[]): string {
  const jwk = ({ kid, privateKey }: SigningKey) => ({
    ...createPublicKey(privateKey).export({ format: 'jwk' }),
    kid,
    alg: 'RS256',
    use: 'sig',
  });
  return JSON.stringify({ keys: keys.map(jwk) });
}

/** Claims of an ID token that was just made. */
export function idToken(issuer: string, claims: Claims): Claims {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 3600, ...claims };
}

/** RFC 7515, RS256. */
export function signToken(claims: Claims, { kid, privateKey }: SigningKey): string {
  const signed = encode({ alg: 'RS256', typ: 'JWT', kid }, claims);
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** What must not be taken for signed: nothing, or a secret that everybody has. */
export function forgedTokens(claims: Claims, { kid, privateKey }: SigningKey): Record<string, string> {
  const unsigned = encode({ alg: 'none', typ: 'JWT' }, claims);
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  const symmetric = encode({ alg: 'HS256', typ: 'JWT', kid }, claims);
  const [header, , signature] = signToken(claims, { kid, privateKey }).split('.');
  const otherClaims = Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url');
  return {
    'alg none': `${unsigned}.`,
    'alg none, with a signature': `${unsigned}.${signature}`,
    'the public key as a shared secret': `${symmetric}.${createHmac('sha256', publicPem).update(symmetric).digest('base64url')}`,
    'the signature of other claims': `${header}.${otherClaims}.${signature}`,
  };
}

function encode(header: object, claims: Claims): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

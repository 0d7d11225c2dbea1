import type { RecordedConnection } from './record-wire.ts';

/** What no answer to a tenant may hold. */
export interface Secret {
  readonly what: string;
  readonly text: string;
}

export interface Leak {
  readonly label: string;
  readonly what: string;
  /** The bytes around it. */
  readonly excerpt: string;
}

/**
 * Where something that looks like a leak is none. Taken out of the received bytes before they are searched.
 */
export const EXCEPTIONS: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: 'token',
    reason:
      'a ServiceAccount token is signed by upstream and names the ServiceAccount as upstream does; base64, so only its own kind of needle could meet it',
  },
  {
    name: 'token Secret',
    reason: 'the same token in a Secret, base64 once more',
  },
  { name: 'echo', reason: 'a name that the client has put into the question itself, in a step that is marked so' },
];

const JWT = /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g;
/** `"token":"…"` of a Secret's data, in base64. */
const TOKEN_SECRET = /"token":"[A-Za-z0-9+/=]+"/g;
/** The frame of a chunked body: a name must not hide across it. */
const CHUNK_FRAME = /\r\n[0-9a-f]+\r\n/gi;
const EXCERPT = 80;

/** Ids of tenants, in plain and in base64, and the beginnings of what the gateway adds upstream. */
export function secretsOf(ownId: string, otherId: string): Secret[] {
  const ids = [
    { what: 'the tenant’s own id', id: ownId },
    { what: 'another tenant’s id', id: otherId },
  ];
  return [
    ...ids.flatMap(({ what, id }) => [{ what, text: id }, ...inBase64(id).map((text) => ({ what: `${what}, in base64`, text }))]),
    { what: 'an identity of the gateway', text: 'kubezoo:' },
    { what: 'a label or annotation of the gateway', text: 'kubezoo.io/' },
  ];
}

/** @param echoes by label, the text that the answer repeats */
export function findLeaks(
  connections: readonly RecordedConnection[],
  secrets: readonly Secret[],
  echoes: ReadonlyMap<string, readonly string[]>,
): Leak[] {
  return connections.flatMap(({ label, received }) => {
    const wire = Buffer.concat(received).toString('latin1').replace(CHUNK_FRAME, '');
    const text = (echoes.get(label) ?? []).reduce(
      (rest, echo) => rest.replaceAll(echo, '<echo>'),
      wire.replace(JWT, '<token>').replace(TOKEN_SECRET, '<token Secret>'),
    );
    return secrets.flatMap(({ what, text: secret }) => {
      const at = text.indexOf(secret);
      return at < 0 ? [] : [{ label, what, excerpt: text.slice(Math.max(0, at - EXCERPT), at + secret.length + EXCERPT) }];
    });
  });
}

/** The letters that the text comes to in base64 whatever stands around it, at each of its three positions. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${'\0'.repeat(offset)}${text}`)
      .toString('base64')
      .replace(/=+$/, '');
    const firstWhole = Math.ceil((offset * 8) / 6);
    const endWhole = Math.floor(((offset + text.length) * 8) / 6);
    return encoded.slice(firstWhole, endWhole);
  });
}

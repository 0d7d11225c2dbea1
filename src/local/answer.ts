import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { KubeError } from '../errors.ts';
import { indentJson } from '../kube/indent-json.ts';
import type { LocalRequest } from './local-request.ts';

/** As the apiserver says of whatever may differ from caller to caller. */
export const PRIVATE = 'no-cache, private';

/** What an answer's form depends on. */
type Asker = Pick<LocalRequest, 'query' | 'headers'>;

/**
 * A text that is sent many times, in parts, of which some are other texts' as well. They are shared by all answers under way,
 * so slow readers cost no memory.
 */
export interface Text {
  readonly parts: readonly Buffer[];
  readonly contentType: string;
  /** Quoted. */
  readonly etag: string;
  /** The apiserver would indent it for people (see `isForPeople`). */
  readonly indentable?: boolean;
}

/** As the apiserver writes its hashes: SHA-512, in capitals. */
export function hashOf(...parts: readonly (Buffer | string)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').toUpperCase();
}

/** JSON in the form of the apiserver's encoder: compact, with a newline at the end. */
export function jsonText(value: unknown, contentType = 'application/json'): Text {
  return textOf([Buffer.from(`${JSON.stringify(value)}\n`)], contentType, true);
}

export function textOf(parts: readonly Buffer[], contentType: string, indentable = false): Text {
  return { parts, contentType, etag: `"${hashOf(...parts)}"`, indentable };
}

/** In bytes. */
export function lengthOf({ parts }: Pick<Text, 'parts'>): number {
  return parts.reduce((total, part) => total + part.length, 0);
}

/** The value as JSON; indented for people, as the apiserver does by `?pretty` or the client's name. */
export function sendJson(request: Asker, response: ServerResponse, code: number, value: unknown): void {
  const body = Buffer.from(isForPeople(request) ? JSON.stringify(value, null, 2) : `${JSON.stringify(value)}\n`);
  sendBytes(response, code, body, { 'content-type': 'application/json' });
}

/** An error in JSON. Statuses with a time to wait say it in the header, too. */
export function sendStatus(request: Asker, response: ServerResponse, error: KubeError): void {
  const { retryAfterSeconds } = error.details ?? {};
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  sendJson(request, response, error.code, error.status());
}

/** Plain text, as the apiserver's health checks and unknown paths are answered. */
export function sendPlain(response: ServerResponse, code: number, text: string): void {
  response.setHeader('x-content-type-options', 'nosniff');
  sendBytes(response, code, Buffer.from(text), { 'content-type': 'text/plain; charset=utf-8' });
}

/** A kept text, or 304 where the client has it already; `headers` go with both. */
export function sendText(request: Asker, response: ServerResponse, text: Text, headers: Readonly<Record<string, string>>): void {
  response.setHeader('etag', text.etag);
  if (hasAlready(request.headers['if-none-match'], text.etag)) {
    response.writeHead(304, { 'cache-control': PRIVATE, ...headers }).end();
    return;
  }
  const parts = text.indentable && isForPeople(request) ? [indentJson(Buffer.concat(text.parts))] : text.parts;
  response.writeHead(200, {
    'cache-control': PRIVATE,
    'content-type': text.contentType,
    ...headers,
    'content-length': lengthOf({ parts }),
  });
  response.cork();
  for (const part of parts) response.write(part);
  response.uncork();
  response.end();
}

export function sendBytes(response: ServerResponse, code: number, body: Buffer, headers: Readonly<Record<string, string>>): void {
  response.writeHead(code, { 'cache-control': PRIVATE, ...headers, 'content-length': body.length }).end(body);
}

/** Weak comparison of an If-None-Match header with a quoted ETag (RFC 9110, 13.1.2). */
function hasAlready(header: string | string[] | undefined, etag: string): boolean {
  const known = Array.isArray(header) ? header.join(',') : (header ?? '');
  return known.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag);
}

/** The apiserver's own rule: `?pretty` in one of the spellings of Go's ParseBool, else the client's name. */
export function isForPeople({ query, headers }: Asker): boolean {
  const asked = query.get('pretty');
  if (asked) return /^(?:1|t|T|true|TRUE|True)$/.test(asked);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(String(headers['user-agent'] ?? ''));
}

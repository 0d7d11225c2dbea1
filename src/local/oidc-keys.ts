import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendPlain } from './answer.ts';
import { IDENTITY_HEADER } from './local-request.ts';

/** Where Envoy reads an OIDC issuer's keys that lie in a file: on its own it reads a file of keys once. */
export const OIDC_KEYS_PATH = '/oidc/keys';

/** Answers Envoy itself, which is nobody's identity; false for what is a client's request, whatever its path. */
export function answerOidcKeys(message: IncomingMessage, response: ServerResponse, file: string): boolean {
  if (message.url !== OIDC_KEYS_PATH || message.headersDistinct[IDENTITY_HEADER] !== undefined) return false;
  try {
    response.setHeader('content-type', 'application/json').end(readFileSync(file));
  } catch {
    // Envoy goes on with the keys that it has, and asks again.
    sendPlain(response, 503, 'the keys cannot be read\n');
  }
  return true;
}

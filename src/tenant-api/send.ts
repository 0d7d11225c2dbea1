import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { sendBytes, sendJson } from '../local/answer.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { YAML_TYPE } from './read-body.ts';

/** As the apiserver: so that no body of a client's makes headers that nobody takes. In characters, one and all. */
const MAX_WARNING = 256;
const MAX_WARNINGS = 4096;

/** Writes the whole answer in the media type that was negotiated. */
export function send(request: LocalRequest, response: ServerResponse, code: number, mediaType: string, body: object): void {
  if (mediaType === YAML_TYPE) sendBytes(response, code, Buffer.from(stringify(body, { version: '1.1' })), { 'content-type': YAML_TYPE });
  else sendJson(request, response, code, body);
}

/** RFC 7234 warnings, as kubectl prints them. */
export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  const quoted: string[] = [];
  let bytes = 0;
  for (const text of warnings) {
    // What no header may hold becomes a space; a header of Node is Latin-1.
    const warning = `299 - ${JSON.stringify(text.slice(0, MAX_WARNING).replace(/[^\x20-\x7e]/g, ' '))}`;
    bytes += warning.length;
    if (bytes > MAX_WARNINGS) break;
    quoted.push(warning);
  }
  if (quoted.length > 0) response.setHeader('warning', quoted);
}

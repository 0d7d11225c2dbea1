import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { sendBytes, sendJson } from '../local/answer.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { YAML_TYPE } from './read-body.ts';

/** Writes the whole answer in the media type that was negotiated. */
export function send(request: LocalRequest, response: ServerResponse, code: number, mediaType: string, body: object): void {
  if (mediaType === YAML_TYPE) sendBytes(response, code, Buffer.from(stringify(body)), { 'content-type': YAML_TYPE });
  else sendJson(request, response, code, body);
}

/** RFC 7234 warnings, as kubectl prints them. */
export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  // What no header may hold becomes a space; a header of Node is Latin-1.
  const quoted = warnings.map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, ' '))}`);
  response.setHeader('warning', quoted);
}

import type { ServerResponse } from 'node:http';
import { PRIVATE } from '../../local/answer.ts';
import { contentTypeOf, type Form } from '../form.ts';

/** Sends the head of a watch, unless it has been sent. */
export function beginWatch(response: ServerResponse, form: Form): void {
  if (response.headersSent) return;
  response.writeHead(200, { 'content-type': contentTypeOf(form, 'watch'), 'cache-control': PRIVATE }).flushHeaders();
}

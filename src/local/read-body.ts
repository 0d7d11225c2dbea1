import type { IncomingMessage } from 'node:http';
import { KubeError } from '../errors.ts';

/** The apiserver's own limit for a request's body (MaxRequestBodyBytes), in bytes. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * The whole body of a request.
 * @throws KubeError RequestEntityTooLarge, as soon as more than `limit` bytes are announced or have come in
 * @throws Error when the client goes before the end
 */
export async function readBody(message: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early destroys the message and with it the connection that the answer is to be written to.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(limit: number): KubeError {
  return new KubeError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}

import { sendBytes } from './answer.ts';
import type { LocalHandler } from './local-request.ts';
import { requireRead } from './require-read.ts';
import type { DocumentSource, UpstreamDocuments } from './upstream-documents.ts';

const VERSION: DocumentSource<Buffer> = {
  path: '/version',
  accept: 'application/json',
  build: ({ body }) => body,
  size: (body) => body.length,
};

/** `/version`: upstream's, as clients decide by it what they may ask for. */
export function createVersionHandler({ documents }: { readonly documents: UpstreamDocuments }): LocalHandler {
  return async (request, response) => {
    if (request.path !== '/version' && request.path !== '/version/') return false;
    requireRead(request);
    const body = await documents.read(VERSION);
    if (!body) return false;
    sendBytes(response, 200, body, { 'content-type': 'application/json' });
    return true;
  };
}

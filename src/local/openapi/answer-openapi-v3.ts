import type { ServerResponse } from 'node:http';
import { PRIVATE, sendBytes, sendText } from '../answer.ts';
import type { LocalRequest } from '../local-request.ts';
import type { DiscoverySources } from '../read-discovered-groups.ts';
import { chooseOpenApiType } from './choose-openapi-type.ts';
import { documentSource, upstreamPathOf } from './openapi-v3-document.ts';
import { indexOfTenant, indexSource } from './openapi-v3-index.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** How old a document may be whose hash is not the one that was asked for, in ms: the index may know of a newer one already. */
const DOUBTFUL_FOR_MS = 50;

/** `/openapi/v3`: the groups and versions that the tenant is told of. */
export async function answerOpenApiV3Index(
  response: ServerResponse,
  tenantId: string,
  { documents, table }: DiscoverySources,
): Promise<boolean> {
  const index = await documents.read(indexSource(table));
  if (!index) return false;
  // The apiserver's own type; its clients do not look at it.
  sendBytes(response, 200, indexOfTenant(index, tenantId, table), { 'content-type': 'text/plain; charset=utf-8' });
  return true;
}

/**
 * `/openapi/v3/{path}`: what stands at the paths of one group and version. With the right `hash` it is good for a year, with
 * an old one the client is sent on.
 * @param path as the tenant's index names it
 */
export async function answerOpenApiV3(
  path: string,
  request: LocalRequest,
  response: ServerResponse,
  tenantId: string,
  sources: DiscoverySources,
): Promise<boolean> {
  const upstreamPath = await upstreamPathOf(path, tenantId, sources);
  if (upstreamPath === undefined) return sendNothing(response);
  response.setHeader('vary', 'Accept');
  const type = chooseOpenApiType(request, response, 'v3');
  if (!type) return true;
  const source = documentSource(upstreamPath, type, tenantId, sources.table);
  const hash = request.query.get('hash');
  let text = await sources.documents.read(source);
  if (text && hash && `"${hash}"` !== text.etag) text = await sources.documents.read(source, DOUBTFUL_FOR_MS);
  if (!text) return sendNothing(response);
  const current = text.etag.slice(1, -1);
  if (!hash) sendText(request, response, text, { 'cache-control': PRIVATE });
  else if (hash === current) sendText(request, response, text, { 'cache-control': 'public, immutable', expires: inAYear() });
  else
    sendBytes(response, 301, Buffer.alloc(0), {
      'content-type': type,
      etag: text.etag,
      location: `/openapi/v3/${path}?hash=${current}`,
    });
  return true;
}

/** As the apiserver says that there is no such document. */
function sendNothing(response: ServerResponse): boolean {
  sendBytes(response, 404, Buffer.alloc(0), {});
  return true;
}

function inAYear(): string {
  return new Date(Date.now() + YEAR_MS).toUTCString().replace('GMT', 'UTC');
}

import type { ServerResponse } from 'node:http';
import { etagOf, PRIVATE, sendBytes, sendText, type Text } from './answer.ts';
import { chooseOpenApiType, OPENAPI_JSON } from './choose-openapi-type.ts';
import type { LocalRequest } from './local-request.ts';
import { isListedGroup, isListedVersion, type PolicyTable } from './policy-table.ts';
import type { DiscoverySources } from './read-discovered-groups.ts';
import type { DocumentSource, UpstreamAnswer } from './upstream-documents.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

interface Index {
  paths: Record<string, { serverRelativeURL: string }>;
}

/** `/openapi/v3`: upstream's index, less the groups and versions that tenants are not offered. */
export async function answerOpenApiV3Index(response: ServerResponse, { documents, table }: DiscoverySources): Promise<boolean> {
  const index = await documents.read(indexSource(table));
  if (!index) return false;
  // The apiserver's own type; its clients do not look at it.
  sendBytes(response, 200, index, { 'content-type': 'text/plain; charset=utf-8' });
  return true;
}

/**
 * `/openapi/v3/{path}`: upstream's document as it is, so that its hash still holds. With the right `hash` it is good for
 * a year, with an old one the client is sent on.
 * @param path as the index names it
 */
export async function answerOpenApiV3(
  path: string,
  request: LocalRequest,
  response: ServerResponse,
  { documents, table }: DiscoverySources,
): Promise<boolean> {
  if (!isOffered(path, table)) return false;
  const accept = chooseOpenApiType(request, 'v3');
  response.setHeader('vary', 'Accept');
  const text = await documents.read(documentSource(path, accept));
  if (!text) return false;
  const hash = request.query.get('hash');
  if (!hash) sendText(request, response, text, { 'cache-control': PRIVATE });
  else if (`"${hash}"` === text.etag) sendText(request, response, text, { 'cache-control': 'public, immutable', expires: inAYear() });
  else
    sendBytes(response, 301, Buffer.alloc(0), { etag: text.etag, location: `/openapi/v3/${path}?hash=${text.etag.replaceAll('"', '')}` });
  return true;
}

/** Whether tenants are told of an OpenAPI v3 document: `api`, `apis`, `version`, and those of the groups they are offered. */
function isOffered(path: string, table: PolicyTable): boolean {
  if (path === 'api' || path === 'apis' || path === 'version') return true;
  const [root, first, second, ...rest] = path.split('/');
  if (rest.length > 0 || !first) return false;
  if (root === 'api') return second === undefined && isListedVersion(table, '', first);
  if (root !== 'apis') return false;
  return second === undefined ? isListedGroup(table, first) : isListedVersion(table, first, second);
}

function indexSource(table: PolicyTable): DocumentSource<Buffer> {
  return {
    path: '/openapi/v3',
    accept: OPENAPI_JSON,
    build({ body }) {
      const { paths } = JSON.parse(body.toString('utf8')) as Index;
      return Buffer.from(JSON.stringify({ paths: Object.fromEntries(Object.entries(paths).filter(([path]) => isOffered(path, table))) }));
    },
    size: (bytes) => bytes.length,
  };
}

function documentSource(path: string, accept: string): DocumentSource<Text> {
  return { path: `/openapi/v3/${path}`, accept, build: textOf, size: ({ bytes }) => bytes.length };
}

function textOf({ body, headers }: UpstreamAnswer): Text {
  return { bytes: body, contentType: String(headers['content-type'] ?? OPENAPI_JSON), etag: String(headers.etag ?? etagOf(body)) };
}

function inAYear(): string {
  return new Date(Date.now() + YEAR_MS).toUTCString();
}

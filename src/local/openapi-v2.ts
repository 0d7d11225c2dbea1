import type { ServerResponse } from 'node:http';
import { etagOf, PRIVATE, sendText, type Text } from './answer.ts';
import { chooseOpenApiType, OPENAPI_JSON, openApiProtobufType } from './choose-openapi-type.ts';
import { filterOpenApiV2, type KeptNames } from './filter-openapi-v2.ts';
import { filterOpenApiV2Protobuf } from './filter-openapi-v2-protobuf.ts';
import type { LocalRequest } from './local-request.ts';
import type { PolicyTable } from './policy-table.ts';
import type { DiscoverySources } from './read-discovered-groups.ts';
import type { DocumentSource } from './upstream-documents.ts';

interface FilteredDocument {
  readonly text: Text;
  readonly kept: KeptNames;
}

/**
 * `/openapi/v2`: upstream's document, less the paths and definitions that tenants are not offered. client-go reads it in
 * protobuf only (older kubectl and helm validate by it), people and scripts in JSON.
 */
export async function answerOpenApiV2(request: LocalRequest, response: ServerResponse, sources: DiscoverySources): Promise<boolean> {
  response.setHeader('vary', 'Accept');
  const type = chooseOpenApiType(request, 'v2');
  const text =
    type === OPENAPI_JSON
      ? (await sources.documents.read(jsonSource(sources.table)))?.text
      : await sources.documents.read(protobufSource(sources));
  if (!text) return false;
  sendText(request, response, text, { 'cache-control': PRIVATE });
  return true;
}

function jsonSource(table: PolicyTable): DocumentSource<FilteredDocument> {
  return {
    path: '/openapi/v2',
    accept: OPENAPI_JSON,
    build({ body }) {
      const { bytes, kept } = filterOpenApiV2(body, table);
      return { text: { bytes, contentType: OPENAPI_JSON, etag: etagOf(bytes) }, kept };
    },
    size: ({ text }) => text.bytes.length,
  };
}

/** Which definitions the kept paths lead to is read from the JSON form. */
function protobufSource({ documents, table }: DiscoverySources): DocumentSource<Text> {
  return {
    path: '/openapi/v2',
    accept: openApiProtobufType('v2'),
    async build({ body }) {
      const filtered = await documents.read(jsonSource(table));
      if (!filtered) throw new Error('upstream has OpenAPI v2 in protobuf but not in JSON');
      const bytes = filterOpenApiV2Protobuf(body, filtered.kept);
      return { bytes, contentType: openApiProtobufType('v2'), etag: etagOf(bytes) };
    },
    size: ({ bytes }) => bytes.length,
  };
}

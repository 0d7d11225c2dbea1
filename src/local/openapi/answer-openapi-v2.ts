import type { ServerResponse } from 'node:http';
import { lengthOf, PRIVATE, sendText, type Text } from '../answer.ts';
import type { LocalRequest } from '../local-request.ts';
import type { PolicyTable } from '../policy-table.ts';
import type { DiscoverySources } from '../read-discovered-groups.ts';
import type { DocumentSource } from '../upstream-documents.ts';
import { chooseOpenApiType, formOf } from './choose-openapi-type.ts';
import { keyOfOwnPart, type OpenApiV2Partition, openApiV2OfTenant, partitionOpenApiV2, sizeOfPartition } from './partition-openapi-v2.ts';

/**
 * `/openapi/v2`: upstream's document, less the paths and definitions that tenants are not offered, with those of the tenant's
 * own groups as the tenant calls them. client-go reads it in protobuf only, people and scripts in JSON.
 */
export async function answerOpenApiV2(
  request: LocalRequest,
  response: ServerResponse,
  tenantId: string,
  sources: DiscoverySources,
): Promise<boolean> {
  response.setHeader('vary', 'Accept');
  const type = chooseOpenApiType(request, response, 'v2');
  if (!type) return true;
  const partition = await sources.documents.read(partitionSource(type, sources.table));
  if (!partition) return false;
  sendText(request, response, textOfTenant(partition, type, tenantId, sources), { 'cache-control': PRIVATE });
  return true;
}

function textOfTenant(partition: OpenApiV2Partition, type: string, tenantId: string, { results }: DiscoverySources): Text {
  const own = partition.own.get(tenantId);
  const { text } = partition.platform;
  if (!own) return text;
  return results.read(
    `/openapi/v2 ${type} ${tenantId}`,
    `${text.etag} ${keyOf(own)}`,
    () => openApiV2OfTenant(partition, own, tenantId, formOf('v2', type)),
    (made) => lengthOf(made) - lengthOf(text),
  );
}

function partitionSource(type: string, table: PolicyTable): DocumentSource<OpenApiV2Partition> {
  return {
    path: '/openapi/v2',
    accept: type,
    build: ({ body }, previous) => partitionOpenApiV2(body, type, formOf('v2', type), table, previous),
    size: sizeOfPartition,
  };
}

type OwnPart = Parameters<typeof keyOfOwnPart>[0];
const keys = new WeakMap<OwnPart, string>();

/** Hashed once, and only for tenants that ask. */
function keyOf(own: OwnPart): string {
  const key = keys.get(own) ?? keyOfOwnPart(own);
  keys.set(own, key);
  return key;
}

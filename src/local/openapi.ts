import type { LocalHandler } from './local-request.ts';
import { answerOpenApiV2 } from './openapi/answer-openapi-v2.ts';
import { answerOpenApiV3, answerOpenApiV3Index } from './openapi/answer-openapi-v3.ts';
import type { DiscoverySources } from './read-discovered-groups.ts';
import { requireRead } from './require-read.ts';

const V3 = '/openapi/v3';

/** `/openapi/v3`, the documents below it, and `/openapi/v2`: what kubectl and helm check and explain objects by. */
export function createOpenApiHandler(sources: DiscoverySources): LocalHandler {
  return async (request, response) => {
    const { path, identity } = request;
    if (identity.role !== 'tenant' || !path.startsWith('/openapi/')) return false;
    requireRead(request);
    if (path === V3) return answerOpenApiV3Index(response, identity.tenantId, sources);
    if (path.startsWith(`${V3}/`)) return answerOpenApiV3(path.slice(V3.length + 1), request, response, identity.tenantId, sources);
    return path === '/openapi/v2' && answerOpenApiV2(request, response, identity.tenantId, sources);
  };
}

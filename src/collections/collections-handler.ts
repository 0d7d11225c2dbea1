/** Lists and watches over all of a tenant's namespaces, and of cluster-scoped kinds: the gateway makes them of what upstream has. */
import { KubeError, methodNotAllowed } from '../errors.ts';
import { impersonationHeaders } from '../identity/impersonation.ts';
import { parseRequest } from '../kube/request-info.ts';
import type { LocalHandler } from '../local/local-request.ts';
import { findRow } from '../translate/find-row.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { sendError, sendRefusal } from './answer-refusal.ts';
import { askAsGateway, askAsTenant, UpstreamRefusal } from './ask-upstream.ts';
import { type Collection, readsCollection } from './collection.ts';
import type { CollectionDeps } from './collection-exchange.ts';
import { answerList } from './list/answer-list.ts';
import { answerWatch } from './watch/answer-watch.ts';

export function createCollectionsHandler(deps: CollectionDeps): LocalHandler {
  const asGateway = askAsGateway(deps.transport);
  return async (request, response) => {
    const { identity } = request;
    if (identity.role !== 'tenant' || !/^\/apis?\//.test(request.path)) return false;
    const asked = parseRequest(request.method, request.path, request.query);
    if (asked.type !== 'resource') return false;
    const context = deps.contextOf(identity.tenantId);
    const row = findRow(asked.group, asked.version, asked.resource, context);
    if (!row || !readsCollection(asked, row)) return false;
    // As upstream, which has no routes for HEAD.
    if (request.method !== 'GET') {
      throw methodNotAllowed();
    }
    const { group, version, resource } = asked;
    const collection: Collection = { row, group, version, resource, context };
    const asTenant = askAsTenant(deps.transport, impersonationHeaders(identity));
    try {
      const answer = asked.verb === 'watch' ? answerWatch : answerList;
      await answer({ collection, request, response, deps, asTenant, asGateway });
    } catch (error) {
      if (response.headersSent) throw error;
      const shown = isUpstreamError(error) ? unavailable(error) : error;
      if (shown instanceof UpstreamRefusal) sendRefusal(response, collection, shown);
      else if (shown instanceof KubeError) sendError(request, response, collection, shown);
      else throw shown;
    }
    return true;
  };
}

/** No answer came. */
function unavailable(cause: unknown): KubeError {
  return new KubeError('ServiceUnavailable', 'the server is currently unable to handle the request', { retryAfterSeconds: 1 }, { cause });
}

/** Lists and watches over all of a tenant's namespaces, and of cluster-scoped kinds: the gateway makes them of what upstream has. */
import { KubeError } from '../errors.ts';
import type { AccessChecker } from '../identity/check-access.ts';
import { impersonationHeaders } from '../identity/impersonation.ts';
import { parseRequest } from '../kube/request-info.ts';
import type { LocalHandler } from '../local/local-request.ts';
import type { TranslateContext } from '../translate/context.ts';
import { findRow } from '../translate/find-row.ts';
import type { UpstreamTransport } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { sendError, sendRefusal } from './answer-refusal.ts';
import { askAs, UpstreamRefusal } from './ask-upstream.ts';
import { type Collection, readsCollection } from './collection.ts';
import type { CollectionMetrics } from './collection-metrics.ts';
import type { CursorSealer } from './cursor.ts';
import { answerList } from './list/answer-list.ts';
import type { ListMemory } from './list/list-memory.ts';
import { answerWatch } from './watch/answer-watch.ts';
import type { Hub } from './watch/hub.ts';
import type { SharedRegistry } from './watch/shared-events.ts';

export interface CollectionDeps {
  /** Reaches upstream as the gateway. */
  readonly transport: UpstreamTransport;
  readonly checkAccess: AccessChecker;
  readonly cursors: CursorSealer;
  readonly memory: ListMemory;
  readonly hub: Hub;
  /** With `foreign: 'cut'`: nothing of anybody else's is to be expected. */
  readonly contextOf: (tenantId: string) => TranslateContext;
  /** Of the tenant as it is now; undefined: there is none. */
  readonly tenantUidOf: (tenantId: string) => string | undefined;
  readonly sharing: SharedRegistry;
  readonly metrics: CollectionMetrics;
}

export function createCollectionsHandler(deps: CollectionDeps): LocalHandler {
  const asGateway = askAs(deps.transport, {});
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
      throw new KubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
    }
    const { group, version, resource } = asked;
    const collection: Collection = { row, group, version, resource, context };
    const ask = { asTenant: askAs(deps.transport, impersonationHeaders(identity)), asGateway };
    try {
      const answer = asked.verb === 'watch' ? answerWatch : answerList;
      await answer(collection, request, response, deps, ask);
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

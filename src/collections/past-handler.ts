import { parseRequest } from '../kube/request-info.ts';
import type { LocalHandler } from '../local/local-request.ts';
import { findRow } from '../translate/find-row.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import { sendError } from './answer-refusal.ts';
import { type Collection, readsCollection } from './collection.ts';
import type { CollectionDeps } from './collection-exchange.ts';
import { chooseForm } from './form.ts';
import { askedRevision, expiredList, expiredWatch } from './past.ts';
import { beginWatch } from './watch/begin-watch.ts';
import { errorFrame } from './watch/made-frames.ts';

/** Answers, in upstream's place and form, what `gateway/decide.ts` sent here because it asks for the time before the tenant's beginning. */
export function createPastHandler(deps: Pick<CollectionDeps, 'contextOf' | 'beginningOf' | 'cursors'>): LocalHandler {
  return async (request, response) => {
    const { identity } = request;
    if (identity.role !== 'tenant' || !/^\/apis?\//.test(request.path)) return false;
    const asked = parseRequest(request.method, request.path, request.query);
    if (asked.type !== 'resource') return false;
    const { tenantId } = identity;
    const context = deps.contextOf(tenantId);
    const row = findRow(asked.group, asked.version, asked.resource, context);
    if (!row || readsCollection(asked, row)) return false;
    const { revision, next } = askedRevision({ tenantId, request: asked, row, query: request.query, cursors: deps.cursors }) ?? {};
    const beginning = deps.beginningOf(tenantId);
    if (revision === undefined || revision <= 0 || revision >= beginning) return false;
    const { group, version, resource } = asked;
    const collection: Collection = { row, group, version, resource, context };
    if (asked.verb === 'watch') {
      const form = chooseForm(request.headers.accept, 'watch', hasProtobuf(row));
      beginWatch(response, form);
      response.end(errorFrame(form, expiredWatch(revision, beginning).status()));
    } else sendError(request, response, collection, expiredList(next));
    return true;
  };
}

import type { ServerResponse } from 'node:http';
import { KubeError, methodNotAllowed } from '../../errors.ts';
import { impersonationHeaders } from '../../identity/impersonation.ts';
import { parseRequest, type ResourceRequest } from '../../kube/request-info.ts';
import { prefixOf } from '../../names/prefix.ts';
import { responsePlan } from '../../translate/compile.ts';
import type { SharedNames, TranslateContext } from '../../translate/context.ts';
import { rewriteJson } from '../../translate/engine/json-rewriter.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../../translate/lossless-json.ts';
import { translateQuery } from '../../translate/query.ts';
import { warningToTenant } from '../../translate/response-text.ts';
import type { ResourceRow } from '../../translate/table/row.ts';
import { isAboutGateway } from '../../upstream/own-refusal.ts';
import type { UpstreamRequest, UpstreamResponse } from '../../upstream/upstream-client.ts';
import { UpstreamError, upstreamErrorFrom } from '../../upstream/upstream-error.ts';
import type { LocalHandler, LocalRequest, TenantIdentity } from '../local-request.ts';
import type { PolicyTable } from '../policy-table.ts';
import { offeredRules } from './offered-rules.ts';
import { ownToken } from './own-token.ts';
import { readReview } from './read-review.ts';
import { chooseReviewType, sendReview } from './send-review.ts';
import { type RefusalOf, tellRefusals } from './tell-refusals.ts';

export interface ReviewsDeps {
  readonly table: Pick<PolicyTable, 'findResource' | 'allRows'>;
  /** Asks upstream with the gateway's credential. */
  readonly request: (request: UpstreamRequest) => Promise<UpstreamResponse>;
  /** What of the platform's own tenants may use. */
  readonly shared?: SharedNames | undefined;
  /** What the gateway itself refuses, whatever RBAC says. */
  readonly refusalOf: RefusalOf;
}

/**
 * Reviews: upstream answers them for the caller, about names of the tenant alone; what the gateway adds, or would refuse, is put
 * into the answer here. They are small, so they are held whole.
 */
export function createReviewsHandler(deps: ReviewsDeps): LocalHandler {
  return async (request, response) => {
    const { identity } = request;
    if (identity.role !== 'tenant' || !request.path.startsWith('/apis/')) return false;
    const asked = parseRequest(request.method, request.path, request.query);
    if (asked.type !== 'resource') return false;
    const row = deps.table.findResource(asked.group, asked.version, asked.resource);
    if (!row?.nameless) return false;
    if (asked.verb !== 'create') {
      throw methodNotAllowed();
    }
    await answerReview(asked, row, identity, request, response, deps);
    return true;
  };
}

async function answerReview(
  asked: ResourceRequest,
  row: ResourceRow,
  identity: TenantIdentity,
  request: LocalRequest,
  response: ServerResponse,
  deps: ReviewsDeps,
): Promise<void> {
  const { tenantId } = identity;
  const { shared } = deps;
  const context: TranslateContext = { tenantId, prefix: prefixOf(tenantId), foreign: 'cut', requestNamespace: asked.namespace, shared };
  // Before anything is asked: what nobody could read is not asked.
  chooseReviewType(request);
  const body = await readReview(row, request, context);
  const answer = await askUpstream(upstreamPath(asked, context), identity, body, { row, context, request }, deps);
  const warnings = answer.headers.warning;
  if (warnings !== undefined) response.setHeader('warning', warningToTenant(tenantId, String(warnings)));
  sendReview(request, response, answer.status, reviewed(row, answer, context, identity, deps));
}

/** The answer in the tenant's words. */
function reviewed(
  row: ResourceRow,
  { status, body }: UpstreamResponse,
  context: TranslateContext,
  identity: TenantIdentity,
  deps: ReviewsDeps,
): JsonObject {
  const review = parseLossless(rewriteJson(responsePlan(row), context, body).toString('utf8'));
  if (!isJsonObject(review)) throw new Error(`upstream answered ${status} to a ${row.kind}, and no object`);
  if (status >= 300) return review;
  if (row.kind === 'TokenReview') return ownToken(review, context.tenantId);
  if (row.kind === 'SelfSubjectRulesReview') return offeredRules(review, deps.table);
  return row.kind === 'SelfSubjectReview' ? review : tellRefusals(review, identity, deps.refusalOf);
}

async function askUpstream(
  path: string,
  identity: TenantIdentity,
  body: Buffer,
  { row, context, request }: { row: ResourceRow; context: TranslateContext; request: LocalRequest },
  deps: ReviewsDeps,
): Promise<UpstreamResponse> {
  try {
    const answer = await deps.request({
      method: 'POST',
      path,
      query: Object.fromEntries(translateQuery(row, 'create', request.query, context)),
      headers: { ...impersonationHeaders(identity), accept: 'application/json', 'content-type': 'application/json' },
      body,
      signal: request.signal,
    });
    if (isAboutGateway(answer.status, answer.body)) throw upstreamErrorFrom(answer.status, answer.body);
    return answer;
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    throw new KubeError(
      'ServiceUnavailable',
      'the server is currently unable to handle the request',
      { retryAfterSeconds: 1 },
      { cause: thrown },
    );
  }
}

function upstreamPath({ group, version, resource, namespace }: ResourceRequest, { prefix }: TranslateContext): string {
  const inNamespace = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(prefix + namespace)}`;
  return `/apis/${group}/${version}${inNamespace}/${resource}`;
}

/** An AdmissionReview in the tenant's names, and what the tenant's webhook answers in upstream's. */
import { parseServiceAccountUser, toTenantIdentity } from '../names/identity.ts';
import { ownsUpstreamName, prefixOf, toTenantName } from '../names/prefix.ts';
import { innerResponsePlan } from '../translate/compile.ts';
import type { TranslateContext } from '../translate/context.ts';
import { rewriteJson } from '../translate/engine/json-rewriter.ts';
import { toTenantGroup } from '../translate/groups.ts';
import { translateJsonPatch } from '../translate/json-patch.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../translate/lossless-json.ts';
import { isStream } from '../translate/plans/row-plan.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { objectAt, responseOf, textAt } from './review-parts.ts';
import { type FindRow, rowOfReview } from './review-row.ts';
import { WebhookError } from './webhook-error.ts';

/** What has to be known of a request to read the webhook's answer to it. */
export interface TranslatedReview {
  readonly body: string;
  readonly uid: string;
  readonly row: ResourceRow;
  readonly subresource: string | undefined;
  readonly context: TranslateContext;
}

const GROUPED = ['kind', 'resource', 'requestKind', 'requestResource'];
/** Of a ServiceAccount's token; the rest says where it runs. */
const SYSTEM_GROUPS = /^system:(authenticated|unauthenticated|serviceaccounts|serviceaccounts:kube-system|nodes)$/;

/**
 * @param shared the tenant's and, where there are such, what is shared with it; the request's own namespace is added
 * @throws WebhookError for a request that is about nothing of the tenant's: it must not get there
 */
export function reviewToTenant(review: JsonObject, shared: Omit<TranslateContext, 'requestNamespace'>, findRow: FindRow): TranslatedReview {
  const request = objectAt(review, 'request');
  if (!request) throw new WebhookError('the review has no request');
  const { tenantId } = shared;
  const row = rowOfReview(request, shared, findRow);
  if (!isOwn(request, row, tenantId)) throw new WebhookError('the request is about nothing of the tenant’s');
  const upstreamNamespace = textAt(request, 'namespace');
  const requestNamespace = upstreamNamespace === '' ? undefined : toTenantName(tenantId, upstreamNamespace);
  const context: TranslateContext = { ...shared, requestNamespace };
  const subresource = textAt(request, 'subResource') || undefined;
  if (subresource !== undefined && !Object.hasOwn(row.subresources, subresource))
    throw new WebhookError(`no such sub-resource: ${subresource}`);
  const translated: JsonObject = {
    ...request,
    ...Object.fromEntries(GROUPED.flatMap((member) => withGroup(request, member, context))),
    ...(upstreamNamespace !== '' && { namespace: requestNamespace }),
    ...(isNamespace(row) && textAt(request, 'name') !== '' && { name: toTenantName(tenantId, textAt(request, 'name')) }),
    userInfo: userToTenant(objectAt(request, 'userInfo') ?? {}, tenantId),
    object: objectToTenant(request.object, row, subresource, context),
    oldObject: objectToTenant(request.oldObject, row, subresource, context),
  };
  return { body: printLossless({ ...review, request: translated }), uid: textAt(request, 'uid'), row, subresource, context };
}

/**
 * @param answer the body of the webhook's answer
 * @returns the review for upstream
 * @throws WebhookError for what is no answer, KubeError for a patch that tenants may not make
 */
export function reviewToUpstream(answer: string, { uid, row, subresource, context }: TranslatedReview): string {
  const review = parsed(answer);
  const response = responseOf(review, uid);
  const { patch, patchType } = response;
  const { status, allowed, auditAnnotations, warnings } = response;
  return printLossless({
    apiVersion: isJsonObject(review) ? review.apiVersion : undefined,
    kind: isJsonObject(review) ? review.kind : undefined,
    response: {
      uid,
      allowed: allowed === true,
      ...(isJsonObject(status) && { status }),
      ...(isJsonObject(auditAnnotations) && { auditAnnotations }),
      ...(Array.isArray(warnings) && { warnings }),
      ...(typeof patch === 'string' && patch !== '' && { patch: patchToUpstream(patch, row, subresource, context), patchType }),
    },
  });
}

function patchToUpstream(patch: string, row: ResourceRow, subresource: string | undefined, context: TranslateContext): string {
  const json = Buffer.from(patch, 'base64').toString('utf8');
  return Buffer.from(translateJsonPatch(row, subresource, json, context)).toString('base64');
}

function isNamespace(row: ResourceRow): boolean {
  return row.group === '' && row.resource === 'namespaces';
}

/** The selectors and conditions that are forced let nothing else through; this is the second look. */
function isOwn(request: JsonObject, row: ResourceRow, tenantId: string): boolean {
  const { group = '' } = objectAt(request, 'resource') ?? {};
  const namespace = textAt(request, 'namespace');
  if (isNamespace(row)) {
    const metadata = objectAt(objectAt(request, 'object') ?? {}, 'metadata') ?? {};
    const called = textAt(request, 'name') || textAt(metadata, 'name') || textAt(metadata, 'generateName');
    return ownsUpstreamName(tenantId, called) || called === prefixOf(tenantId);
  }
  if (namespace !== '') return ownsUpstreamName(tenantId, namespace);
  return typeof group === 'string' && ownsUpstreamName(tenantId, group);
}

function withGroup(request: JsonObject, member: string, context: TranslateContext): [string, JsonObject][] {
  const value = objectAt(request, member);
  return value ? [[member, { ...value, group: toTenantGroup(textAt(value, 'group'), context) }]] : [];
}

/** Users of the tenant under their own names. Of Kubernetes' own, the name and the groups that all of them have. */
function userToTenant(userInfo: JsonObject, tenantId: string): JsonObject {
  const upstreamUser = textAt(userInfo, 'username');
  const username = toTenantIdentity(tenantId, upstreamUser);
  const groups = Array.isArray(userInfo.groups) ? userInfo.groups.filter((group) => typeof group === 'string') : [];
  if (username !== upstreamUser) {
    const own = groups.map((group) => toTenantIdentity(tenantId, group)).filter((group, index) => group !== groups[index]);
    const isAccount = parseServiceAccountUser(username) !== undefined;
    return { username, ...(isAccount && { uid: userInfo.uid }), groups: [...new Set([...own, 'system:authenticated'])] };
  }
  const isSystem = upstreamUser.startsWith('system:');
  return { username: isSystem ? upstreamUser : 'system:platform', groups: groups.filter((group) => SYSTEM_GROUPS.test(group)) };
}

/** What is connected to has options of its own kind, and nothing of the tenant's in them. */
function objectToTenant(value: unknown, row: ResourceRow, subresource: string | undefined, context: TranslateContext): unknown {
  if (!isJsonObject(value) || isStream(row, subresource)) return value ?? null;
  return parsed(rewriteJson(innerResponsePlan(row, subresource), context, printLossless(value)).toString('utf8'));
}

function parsed(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    throw new WebhookError('the answer of the webhook is not JSON');
  }
}

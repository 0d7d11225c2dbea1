/** A ConversionReview in the tenant's names, and the objects that the tenant's webhook converted in upstream's. */
import { ownsUpstreamName } from '../names/prefix.ts';
import { innerResponsePlan, requestPlan } from '../translate/compile.ts';
import type { TranslateContext } from '../translate/context.ts';
import { rewriteJson } from '../translate/engine/json-rewriter.ts';
import { toTenantApiVersion, toTenantGroup, toUpstreamApiVersion } from '../translate/groups.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../translate/lossless-json.ts';
import { RESERVED_KEY_PREFIX } from '../translate/rules/reserved-keys.ts';
import { groupOfApiVersion } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { objectAt, responseOf, textAt } from './review-parts.ts';
import type { FindRow } from './review-row.ts';
import { WebhookError } from './webhook-error.ts';

export interface TranslatedConversion {
  readonly body: string;
  readonly uid: string;
  readonly row: ResourceRow;
  /** As upstream sent them. */
  readonly objects: readonly JsonObject[];
  readonly context: TranslateContext;
}

/** @throws WebhookError for objects that are not of one of the tenant's groups */
export function conversionToTenant(review: JsonObject, context: TranslateContext, findRow: FindRow): TranslatedConversion {
  const request = objectAt(review, 'request');
  if (!request || !Array.isArray(request.objects)) throw new WebhookError('the review has no request');
  const desired = textAt(request, 'desiredAPIVersion');
  const objects = request.objects.filter(isJsonObject);
  for (const apiVersion of [desired, ...objects.map((object) => textAt(object, 'apiVersion'))]) {
    if (!ownsUpstreamName(context.tenantId, groupOfApiVersion(apiVersion))) throw new WebhookError('the objects are none of the tenant’s');
  }
  const group = toTenantGroup(groupOfApiVersion(desired), context);
  const row = findRow(group, desired.slice(desired.indexOf('/') + 1), '', context);
  if (row?.policy !== 'served') throw new WebhookError('tenants have no such objects');
  const translated = {
    ...request,
    desiredAPIVersion: toTenantApiVersion(desired, context),
    objects: objects.map((object) => ({
      ...rewritten(rewriteJson(innerResponsePlan(row), context, printLossless(object))),
      apiVersion: toTenantApiVersion(textAt(object, 'apiVersion'), context),
    })),
  };
  return { body: printLossless({ ...review, request: translated }), uid: textAt(request, 'uid'), row, objects, context };
}

/** @throws WebhookError for what is no answer, KubeError for objects that cannot be spelled upstream */
export function conversionToUpstream(answer: string, { uid, row, objects, context }: TranslatedConversion): string {
  const review = parsed(answer);
  const { result, convertedObjects } = responseOf(review, uid);
  const converted = Array.isArray(convertedObjects) ? convertedObjects : [];
  return printLossless({
    apiVersion: isJsonObject(review) ? review.apiVersion : undefined,
    kind: isJsonObject(review) ? review.kind : undefined,
    response: {
      uid,
      ...(isJsonObject(result) && { result }),
      convertedObjects: converted.map((object, index) => objectToUpstream(object, objects[index], row, context)),
    },
  });
}

/** A conversion may change labels and annotations; all else of the metadata is as it was, and what tenants do not see too. */
function objectToUpstream(value: unknown, original: JsonObject | undefined, row: ResourceRow, context: TranslateContext): unknown {
  if (!isJsonObject(value) || !original) return value;
  const before = objectAt(original, 'metadata') ?? {};
  const metadata = objectAt(value, 'metadata') ?? {};
  const named = { ...value, metadata: { labels: metadata.labels, annotations: metadata.annotations } };
  const upstream = rewritten(rewriteJson(requestPlan(row), context, printLossless(named)));
  const after = objectAt(upstream, 'metadata') ?? {};
  const { labels: _, annotations: __, ...fixed } = before;
  return {
    ...upstream,
    apiVersion: toUpstreamApiVersion(textAt(value, 'apiVersion'), context),
    metadata: { ...fixed, ...withHidden('labels', before, after), ...withHidden('annotations', before, after) },
  };
}

function withHidden(member: string, before: JsonObject, after: JsonObject): JsonObject {
  const hidden = Object.entries(objectAt(before, member) ?? {}).filter(([key]) => key.startsWith(RESERVED_KEY_PREFIX));
  const shown = objectAt(after, member);
  return shown || hidden.length > 0 ? { [member]: { ...shown, ...Object.fromEntries(hidden) } } : {};
}

function rewritten(json: Buffer): JsonObject {
  return parseLossless(json.toString('utf8')) as JsonObject;
}

function parsed(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    throw new WebhookError('the answer of the webhook is not JSON');
  }
}

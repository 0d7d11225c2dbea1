import { prefixOf } from '../names/prefix.ts';
import type { BridgeAddress, WebhookTarget } from '../names/webhook-url.ts';
import type { SharedNames } from '../translate/context.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../translate/lossless-json.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { callWebhook } from './call-webhook.ts';
import { resolveService } from './resolve-service.ts';
import type { FindRow } from './review-row.ts';
import { reviewToTenant, reviewToUpstream } from './translate-admission.ts';
import { conversionToTenant, conversionToUpstream } from './translate-conversion.ts';
import { TrustedBundles } from './trusted-bundles.ts';
import { WebhookError } from './webhook-error.ts';

export interface ReviewUpstream {
  readonly client: UpstreamClient;
  readonly shared?: SharedNames | undefined;
}

export interface ReviewDeps {
  /** The cluster that the tenant lives in; the client may read webhook configurations, CRDs, Services and EndpointSlices. */
  readonly upstreamOf: (tenantId: string) => ReviewUpstream;
  readonly bridge: BridgeAddress;
  readonly findRow: FindRow;
  /** The longest that a tenant's webhook may take, whatever its configuration says. */
  readonly maxTimeoutMs: number;
  readonly dialInstead?: string | undefined;
}

export interface Review {
  readonly target: WebhookTarget;
  /** Of the URL that upstream called, proved to be the gateway's. */
  readonly path: string;
  readonly body: string;
  /** What upstream gives the webhook. */
  readonly timeoutMs: number;
}

/** As much as an object and its former self can be, twice over for escapes. */
export const MAX_REVIEW_BYTES = 16 * 1024 * 1024;

/** @returns what handles one review: its answer for upstream; throws WebhookError, KubeError, UpstreamError */
export function createReviewHandler(deps: ReviewDeps): (review: Review) => Promise<string> {
  const bundles = new Map<UpstreamClient, TrustedBundles>();
  const { bridge, findRow, upstreamOf } = deps;

  function bundlesOf(client: UpstreamClient): TrustedBundles {
    const known = bundles.get(client) ?? new TrustedBundles(client);
    bundles.set(client, known);
    return known;
  }

  async function ask(review: Review, use: 'admission' | 'conversion', body: string): Promise<string> {
    const { target, path } = review;
    const timeoutMs = Math.min(review.timeoutMs, deps.maxTimeoutMs);
    const { client } = upstreamOf(target.tenantId);
    const [backends, trusted] = await Promise.all([
      resolveService(client, target, timeoutMs),
      bundlesOf(client).get(target.tenantId, use, path),
    ]);
    if (!trusted) throw new WebhookError('no configuration of the tenant’s has this webhook');
    return await callWebhook({ target, backends, trusted, body, timeoutMs, maxBytes: MAX_REVIEW_BYTES, dialInstead: deps.dialInstead });
  }

  return async (review) => {
    const sent = parsedReview(review.body);
    const { tenantId } = review.target;
    const { shared } = upstreamOf(tenantId);
    const context = { tenantId, prefix: prefixOf(tenantId), foreign: 'cut', shared, bridge } as const;
    if (sent.kind === 'AdmissionReview') {
      const translated = reviewToTenant(sent, context, findRow);
      return reviewToUpstream(await ask(review, 'admission', translated.body), translated);
    }
    if (sent.kind === 'ConversionReview') {
      const translated = conversionToTenant(sent, context, findRow);
      return conversionToUpstream(await ask(review, 'conversion', translated.body), translated);
    }
    throw new WebhookError('this is no review');
  };
}

function parsedReview(body: string): JsonObject {
  let review: unknown;
  try {
    review = parseLossless(body);
  } catch {
    throw new WebhookError('the review is not JSON');
  }
  if (!isJsonObject(review)) throw new WebhookError('the review is no object');
  return review;
}

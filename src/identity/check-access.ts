/** Asks upstream's authorizer what a tenant's user may do, as upstream's own impersonation filter asks it. */
import { createHash } from 'node:crypto';
import type { TenantIdentity } from '../local/local-request.ts';
import { prefixOf } from '../names/prefix.ts';
import type { SharedNames } from '../translate/context.ts';
import { attributesToUpstream } from '../translate/rules/resource-attributes.ts';
import { impersonationOf, type UpstreamUser } from './impersonation.ts';

/** In the tenant's spelling, as a SubjectAccessReview's spec has them. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export type AccessAttributes =
  | { readonly resourceAttributes: ResourceAttributes }
  | { readonly nonResourceAttributes: { readonly path: string; readonly verb: string } };

/** spec of an authorization.k8s.io/v1 SubjectAccessReview, upstream's names. */
export type AccessReviewSpec = UpstreamUser & AccessAttributes;

export interface AccessReviewStatus {
  readonly allowed?: boolean;
  /** Upstream's words. */
  readonly reason?: string;
}

export type AccessChecker = (identity: TenantIdentity, attributes: AccessAttributes) => Promise<AccessReviewStatus>;

/** How long a yes of upstream counts, as for tokens: a right that was taken away works that long. */
const LIFETIME_MS = 10_000;
const CACHE_SIZE = 10_000;

/**
 * A yes is kept for ten seconds, a no is not: a right that was just granted works at once. Questions of the same kind at the
 * same time ask upstream once.
 *
 * @param review asks upstream with the gateway's own credential; what it throws is thrown on and not kept
 */
export function createAccessChecker(
  review: (spec: AccessReviewSpec) => Promise<AccessReviewStatus>,
  { shared, now = Date.now }: { shared?: SharedNames | undefined; now?: () => number } = {},
): AccessChecker {
  const cache = new Map<string, { answer: Promise<AccessReviewStatus>; until: number }>();
  return (identity, attributes) => {
    const spec: AccessReviewSpec = { ...impersonationOf(identity), ...toUpstream(identity.tenantId, attributes, shared) };
    const key = createHash('sha256').update(JSON.stringify(spec)).digest('base64');
    const known = cache.get(key);
    if (known && known.until > now()) return known.answer;
    const answer = review(spec);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(key, { answer, until: now() + LIFETIME_MS });
    const forget = () => cache.delete(key);
    answer.then(({ allowed }) => allowed === true || forget(), forget);
    return answer;
  };
}

function toUpstream(tenantId: string, attributes: AccessAttributes, shared: SharedNames | undefined): AccessAttributes {
  if (!('resourceAttributes' in attributes)) return attributes;
  const context = { tenantId, prefix: prefixOf(tenantId), foreign: 'cut', shared } as const;
  const translated = attributesToUpstream({ ...attributes.resourceAttributes }, context);
  return { resourceAttributes: translated as unknown as ResourceAttributes };
}

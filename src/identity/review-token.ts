import { createHash } from 'node:crypto';
import { parseServiceAccountUser, serviceAccountGroups, serviceAccountUser } from '../names/identity.ts';
import { tenantIdOfUpstreamName, toTenantName } from '../names/prefix.ts';
import type { TokenReviewer } from './identify.ts';

/** status of an authentication.k8s.io/v1 TokenReview, as far as it is read here. */
export interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: { readonly username?: string };
}

type Reviewed = Awaited<ReturnType<TokenReviewer>>;

/** How long an answer of upstream counts. A token that was revoked works that long. */
const LIFETIME_MS = 10_000;
const CACHE_SIZE = 10_000;

/**
 * Reviews ServiceAccount tokens upstream. Answers are kept for ten seconds under the token's hash: no token stays in
 * memory. Several requests with one token ask upstream once.
 *
 * @param review asks upstream; what it throws (upstream is down) is thrown on and not kept
 */
export function createTokenReviewer(review: (token: string) => Promise<TokenReviewStatus>, now: () => number = Date.now): TokenReviewer {
  const cache = new Map<string, { answer: Promise<Reviewed>; until: number }>();
  return (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = cache.get(key);
    if (known && known.until > now()) return known.answer;
    const answer = review(token).then(identityOf);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(key, { answer, until: now() + LIFETIME_MS });
    answer.catch(() => cache.delete(key));
    return answer;
  };
}

/** The tenant's ServiceAccount that was reviewed; undefined for every other user (a platform's ServiceAccount, a node …). */
function identityOf(status: TokenReviewStatus): Reviewed {
  // CVE-2023-48312: a review that answers is not yet a review that agrees.
  if (status.authenticated !== true) return undefined;
  const account = parseServiceAccountUser(status.user?.username ?? '');
  const tenantId = account && tenantIdOfUpstreamName(account.namespace);
  if (!account || !tenantId) return undefined;
  const tenantNamespace = toTenantName(tenantId, account.namespace);
  return {
    role: 'tenant',
    tenantId,
    user: serviceAccountUser(tenantNamespace, account.name),
    groups: serviceAccountGroups(tenantNamespace),
  };
}

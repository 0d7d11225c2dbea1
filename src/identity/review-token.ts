import { createHash } from 'node:crypto';
import type { TokenReviewer } from './identify.ts';
import { type ReviewedUser, tenantAccountOf } from './tenant-account.ts';

/** status of an authentication.k8s.io/v1 TokenReview, as far as it is read here. */
export interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: ReviewedUser;
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

function identityOf(status: TokenReviewStatus): Reviewed {
  // CVE-2023-48312: a review that answers is not yet a review that agrees.
  return status.authenticated === true ? tenantAccountOf(status.user ?? {}) : undefined;
}

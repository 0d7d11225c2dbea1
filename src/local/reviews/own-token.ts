/** TokenReview: a tenant learns who holds a token of its own ServiceAccounts, and of no other. */
import { type ReviewedUser, tenantAccountOf } from '../../identity/tenant-account.ts';
import { AUTHENTICATED_GROUP } from '../../names/identity.ts';
import { isJsonObject, type JsonObject } from '../../translate/lossless-json.ts';

/** As the apiserver answers for a token that it has never seen. */
const UNKNOWN = { user: {}, error: 'invalid bearer token' };

/** @param review as upstream answered it, its status in upstream's spelling */
export function ownToken(review: JsonObject, tenantId: string): JsonObject {
  const { status } = review;
  const account = isJsonObject(status) && status.authenticated === true ? tenantAccountOf((status.user ?? {}) as ReviewedUser) : undefined;
  if (!isJsonObject(status) || account?.tenantId !== tenantId) return { ...review, status: UNKNOWN };
  const { user, groups, uid, extra } = account;
  return {
    ...review,
    status: {
      authenticated: true,
      user: { username: user, ...(uid && { uid }), groups: [...groups, AUTHENTICATED_GROUP], ...(extra && { extra }) },
      ...(Array.isArray(status.audiences) && { audiences: status.audiences }),
    },
  };
}

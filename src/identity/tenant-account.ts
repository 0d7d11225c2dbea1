import type { TenantIdentity } from '../local/local-request.ts';
import { parseServiceAccountUser, serviceAccountGroups, serviceAccountUser } from '../names/identity.ts';
import { tenantIdOfUpstreamName, toTenantName } from '../names/prefix.ts';

/** status.user of a TokenReview, upstream's names. */
export interface ReviewedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What of a token's extra fields a tenant may know: the pod that it was made for, and which token it is. Nodes are the platform's. */
const SHOWN_EXTRA: readonly string[] = [
  'authentication.kubernetes.io/credential-id',
  'authentication.kubernetes.io/pod-name',
  'authentication.kubernetes.io/pod-uid',
];

/** The tenant's ServiceAccount that upstream means, in the tenant's spelling; undefined for every other user (a platform's ServiceAccount, a node …). */
export function tenantAccountOf({ username = '', uid, extra = {} }: ReviewedUser): TenantIdentity | undefined {
  const account = parseServiceAccountUser(username);
  const tenantId = account && tenantIdOfUpstreamName(account.namespace);
  if (!account || !tenantId) return undefined;
  const tenantNamespace = toTenantName(tenantId, account.namespace);
  const shown = SHOWN_EXTRA.flatMap((key) => (extra[key] ? [[key, extra[key]] as const] : []));
  return {
    role: 'tenant',
    tenantId,
    user: serviceAccountUser(tenantNamespace, account.name),
    groups: serviceAccountGroups(tenantNamespace),
    ...(uid && { uid }),
    ...(shown.length > 0 && { extra: Object.fromEntries(shown) }),
  };
}

import { identityPrefixOf, toTenantIdentity } from '../../names/identity.ts';
import { ownsUpstreamName } from '../../names/prefix.ts';
import { TENANT_CLIENT_SIGNER } from '../../names/signer.ts';
import { isReservedTenantId, isTenantId } from '../../names/tenant-id.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';

export const SIGNING_REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** certificates.k8s.io/v1, as far as it is read here. Upstream itself writes who has made it, and nobody can change that or the spec. */
export interface SigningRequest extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { creationTimestamp?: string };
  readonly spec: {
    readonly signerName: string;
    /** PEM, base64. */
    readonly request: string;
    readonly usages?: readonly string[];
    readonly expirationSeconds?: number;
    readonly username?: string;
    readonly groups?: readonly string[];
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status?: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly certificate?: string;
  };
}

/** Whose request it is, in the tenant's spelling. */
export interface Requester {
  readonly tenantId: string;
  readonly user: string;
  readonly groups: readonly string[];
}

/** Whether there is something to do about it at all. */
export function isOpen({ spec, status }: SigningRequest): boolean {
  if (spec.signerName !== TENANT_CLIENT_SIGNER || status?.certificate) return false;
  return !['Denied', 'Failed'].some((type) => hasCondition(status, type));
}

export function isApproved({ status }: SigningRequest): boolean {
  return hasCondition(status, 'Approved');
}

function hasCondition(status: SigningRequest['status'], type: string): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type && condition.status !== 'False');
}

/**
 * Undefined unless who made it and what it is called agree on the tenant: the gateway and upstream's policies see to that, and a
 * certificate is not given on the word of one of them.
 */
export function requesterOf({ metadata, spec }: SigningRequest): Requester | undefined {
  const { username = '', groups = [] } = spec;
  const tenantId = /^kubezoo:([^:]*):./.exec(username)?.[1];
  if (tenantId === undefined || !isTenantId(tenantId) || isReservedTenantId(tenantId)) return undefined;
  if (!ownsUpstreamName(tenantId, metadata.name)) return undefined;
  const own = groups.filter((group) => group.startsWith(identityPrefixOf(tenantId)));
  return {
    tenantId,
    user: toTenantIdentity(tenantId, username),
    groups: own.map((group) => toTenantIdentity(tenantId, group)),
  };
}

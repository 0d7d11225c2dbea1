/**
 * Gateway-only identities. Upstream sees a tenant's users as `kubezoo:<id>:<user>`: names that nobody can log in
 * as, so a stolen tenant credential is worth nothing without the gateway, and a grant written by a tenant reaches
 * nobody outside it.
 */
import { TENANT_ID_LENGTH } from './tenant-id.ts';

const ROOT = 'kubezoo:';
/** Length of `kubezoo:<id>:`. */
const IDENTITY_PREFIX_LENGTH = ROOT.length + TENANT_ID_LENGTH + 1;

export const SERVICE_ACCOUNT_USER_PREFIX = 'system:serviceaccount:';
export const TENANT_ADMINS_GROUP = 'tenant-admins';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
export const ANONYMOUS_USER = 'system:anonymous';

export function identityPrefixOf(tenantId: string): string {
  return `${ROOT}${tenantId}:`;
}

/** User or group, tenant's spelling in, upstream's out. */
export function toUpstreamIdentity(tenantId: string, tenantIdentity: string): string {
  return identityPrefixOf(tenantId) + tenantIdentity;
}

/** User or group, upstream's spelling in; a foreign one stays as it is. */
export function toTenantIdentity(tenantId: string, upstreamIdentity: string): string {
  return upstreamIdentity.startsWith(identityPrefixOf(tenantId)) ? upstreamIdentity.slice(IDENTITY_PREFIX_LENGTH) : upstreamIdentity;
}

/** RFC 1123 label and subdomain: what namespaces and ServiceAccounts can be called. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const ACCOUNT = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** `system:serviceaccount:<namespace>:<name>` in parts, or undefined for any other user. As k8s.io/apiserver's SplitUsername. */
export function parseServiceAccountUser(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(SERVICE_ACCOUNT_USER_PREFIX)) return undefined;
  const parts = user.slice(SERVICE_ACCOUNT_USER_PREFIX.length).split(':');
  const [namespace, name] = parts;
  if (parts.length !== 2 || !NAMESPACE.test(namespace!) || !ACCOUNT.test(name!)) return undefined;
  return { namespace: namespace!, name: name! };
}

export function serviceAccountUser(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT_USER_PREFIX}${namespace}:${name}`;
}

/** The groups that Kubernetes gives to a ServiceAccount, beside `system:authenticated`. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

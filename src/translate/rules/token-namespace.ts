/**
 * A Secret of type kubernetes.io/service-account-token: upstream writes its own namespace into `data.namespace`, base64. Shown is the
 * tenant's. The type comes after the data, so such a Secret is told by the annotation that its account stands in, which comes before.
 *
 * What a tenant writes there is left as it is: upstream only fills the field while it is empty, and who reads it out of a pod
 * reaches the cluster through the gateway, in the tenant's names.
 */
import { ownsUpstreamName, toTenantName } from '../../names/prefix.ts';
import type { PlanContext, StringRule } from '../engine/plan.ts';

/** Exchanges in which the object that is being read is such a Secret. */
const tokens = new WeakSet<PlanContext>();

/** `metadata.uid`, which every stored object has, before its annotations. */
export const nextSecret: StringRule = (uid, context) => {
  tokens.delete(context);
  return uid;
};

/** The annotation kubernetes.io/service-account.name. */
export const tokenAccount: StringRule = (account, context) => {
  tokens.add(context);
  return account;
};

export const tokenNamespaceToTenant: StringRule = (encoded, context) => {
  if (!tokens.has(context)) return encoded;
  const upstreamNamespace = Buffer.from(encoded, 'base64').toString('utf8');
  if (!ownsUpstreamName(context.tenantId, upstreamNamespace)) return encoded;
  return Buffer.from(toTenantName(context.tenantId, upstreamNamespace)).toString('base64');
};

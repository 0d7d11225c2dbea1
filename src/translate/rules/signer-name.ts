/**
 * Signers of certificates.k8s.io. A tenant's signer is called `<id>-example.com/x` upstream, so that no signer of the platform
 * ever sees a request for it. Kubernetes' own (`kubernetes.io/…`) make identities of the whole cluster and are not for tenants; of the platform's
 * own there is one for all of them.
 */
import { KubeError } from '../../errors.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import { PLATFORM_SIGNERS, TENANT_CLIENT_SIGNER } from '../../names/signer.ts';
import type { StringRule } from '../engine/plan.ts';

const KUBERNETES = 'kubernetes.io/';

/** @throws KubeError Forbidden for one of Kubernetes' own, or of the platform's */
export const signerToUpstream: StringRule = (signer, { tenantId }) => {
  if (signer.startsWith(KUBERNETES)) {
    throw new KubeError('Forbidden', `signerName: ${signer} makes identities of the whole platform: name a signer of your own`);
  }
  if (signer.startsWith(PLATFORM_SIGNERS)) {
    throw new KubeError('Forbidden', `signerName: ${signer} is not offered here: name a signer of your own`);
  }
  return signer && toUpstreamName(tenantId, signer);
};

/** The same of a CertificateSigningRequest, which may be for the platform's signer of tenants' client certificates. */
export const requestedSignerToUpstream: StringRule = (signer, context) =>
  signer === TENANT_CLIENT_SIGNER ? signer : signerToUpstream(signer, context);

/** Whose trust anchors a pod asks for. Those of Kubernetes' own signers are public. */
export const trustedSignerToUpstream: StringRule = (signer, { tenantId }) =>
  signer === '' || signer.startsWith(KUBERNETES) ? signer : toUpstreamName(tenantId, signer);

export const signerToTenant: StringRule = (signer, { tenantId }) => toTenantName(tenantId, signer);

/** `signers` exist in RBAC alone: who may approve and sign, by name, or by `domain/*`. */
export function isSignerResource(group: string, resource: string): boolean {
  return group === 'certificates.k8s.io' && resource === 'signers';
}

/** A name of a signer in a rule or a question about rights. */
export function grantedSignerToUpstream(tenantId: string, signer: string): string {
  return signer.startsWith(PLATFORM_SIGNERS) ? signer : toUpstreamName(tenantId, signer);
}

/**
 * Signers of certificates.k8s.io. A tenant's signer is called `<id>-example.com/x` upstream, so that no signer of the platform
 * ever sees a request for it. Kubernetes' own (`kubernetes.io/…`) make identities of the whole cluster and are not for tenants.
 */
import { KubeError } from '../../errors.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { StringRule } from '../engine/plan.ts';

const KUBERNETES = 'kubernetes.io/';

/** @throws KubeError Forbidden for one of Kubernetes' own */
export const signerToUpstream: StringRule = (signer, { tenantId }) => {
  if (signer.startsWith(KUBERNETES)) {
    throw new KubeError('Forbidden', `signerName: ${signer} makes identities of the whole platform: name a signer of your own`);
  }
  return signer && toUpstreamName(tenantId, signer);
};

/** Whose trust anchors a pod asks for. Those of Kubernetes' own signers are public. */
export const trustedSignerToUpstream: StringRule = (signer, { tenantId }) =>
  signer === '' || signer.startsWith(KUBERNETES) ? signer : toUpstreamName(tenantId, signer);

export const signerToTenant: StringRule = (signer, { tenantId }) => toTenantName(tenantId, signer);

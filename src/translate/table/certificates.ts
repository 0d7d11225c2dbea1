import { clusterScoped, namespaced, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { conditions } from './types.ts';

const CERTIFICATES = { group: 'certificates.k8s.io', versions: ['v1'] } as const;

/** For a tenant's own signers, and the platform's one of tenants' client certificates: no other ever sees a request of a tenant's. */
export const certificatesRows: readonly ResourceRow[] = [
  clusterScoped(CERTIFICATES, 'certificatesigningrequests', 'CertificateSigningRequest', {
    fields: { 'spec.signerName': 'requestedSigner', 'spec.username': 'user', 'spec.groups': 'groups', status: conditions },
    subresources: { approval: STATUS, status: STATUS },
    cells: { 2: 'name', 3: 'user' },
  }),
  namespaced(CERTIFICATES, 'podcertificaterequests', 'PodCertificateRequest', {
    fields: { 'spec.signerName': 'signer', status: conditions },
    subresources: { status: STATUS },
    cells: { 4: 'name' },
  }),
  // The name begins with the signer's, with a colon for its slash: one prefix serves both.
  clusterScoped(CERTIFICATES, 'clustertrustbundles', 'ClusterTrustBundle', {
    nameFormat: 'segment',
    fields: { 'spec.signerName': 'signer' },
    cells: { 1: 'name' },
  }),
];

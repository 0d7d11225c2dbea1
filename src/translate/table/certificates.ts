import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const CERTIFICATES = { group: 'certificates.k8s.io', versions: ['v1'] } as const;
const SIGNING = 'certificates are signed by the platform';

export const certificatesRows: readonly ResourceRow[] = [
  refused(CERTIFICATES, 'certificatesigningrequests', 'CertificateSigningRequest', SIGNING),
  refused(CERTIFICATES, 'podcertificaterequests', 'PodCertificateRequest', SIGNING, 'Namespaced'),
  refused(CERTIFICATES, 'clustertrustbundles', 'ClusterTrustBundle', 'trust bundles belong to the platform'),
];

import { TENANT_CLIENT_SIGNER } from '../../names/signer.ts';
import { validatingPolicy } from './policy.ts';

/**
 * Certificates and trust anchors of a tenant's are for its own signers, and for the platform's one of tenants' client certificates: no other
 * signer ever sees them.
 */
export const guardSigners = validatingPolicy({
  name: 'kubezoo-guard-signers',
  rules: [{ apiGroups: ['certificates.k8s.io'], apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      // A trust bundle may be of no signer; a request is always for one.
      expression: `has(object.spec) && (has(object.spec.signerName) && object.spec.signerName != ""
        ? object.spec.signerName.startsWith(variables.prefix)
          || request.resource.resource == "certificatesigningrequests" && object.spec.signerName == ${JSON.stringify(TENANT_CLIENT_SIGNER)}
        : request.resource.resource == "clustertrustbundles")`,
      message: 'the signer is outside of your cluster',
    },
  ],
});

import { validatingPolicy } from './policy.ts';

/** Certificates and trust anchors of a tenant's are for its own signers: no signer of the platform's ever sees them. */
export const guardSigners = validatingPolicy({
  name: 'kubezoo-guard-signers',
  rules: [{ apiGroups: ['certificates.k8s.io'], apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      // A trust bundle may be of no signer; a request is always for one.
      expression:
        'has(object.spec) && (has(object.spec.signerName) && object.spec.signerName != "" ? object.spec.signerName.startsWith(variables.prefix) : request.resource.resource == "clustertrustbundles")',
      message: 'the signer is outside of your cluster',
    },
  ],
});

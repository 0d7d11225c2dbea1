/** Names of certificates.k8s.io signers. */

/** The platform's own: makes client certificates for users of the tenant that asks. It has one name on both sides. */
export const TENANT_CLIENT_SIGNER = 'kubezoo.io/tenant-client';

/** What the platform keeps for signers of its own. */
export const PLATFORM_SIGNERS = 'kubezoo.io/';

import { z } from 'zod';

const YEAR_SECONDS = 365 * 86_400;

/** Certificates and keys: the gateway's own, and those of tenants. */
export const certificateSettings = {
  gatewayUrl: z
    .url({ protocol: /^https$/, error: (issue) => (issue.input === undefined ? undefined : 'an https URL is wanted') })
    .describe("The gateway's public URL, as it stands in the kubeconfigs that it hands out."),
  servingCaFile: z.string().describe("PEM file of the CA that signed the gateway's serving certificate."),
  servingCertFile: z
    .string()
    .optional()
    .describe('PEM file of that certificate, where this process can read it: metrics tell when it ends.'),
  clientCaFile: z.string().describe("PEM file of the CA that signs tenants' client certificates."),
  clientCaKeyFile: z.string().describe('PEM file of its key.'),
  certificates: z
    .strictObject({
      validitySeconds: z
        .int()
        .min(1)
        .default(YEAR_SECONDS)
        .describe('Of each certificate that is made from now on; one that is asked to be longer is cut to this.'),
      renewBeforeSeconds: z
        .int()
        .min(1)
        .exactOptional()
        .describe("The admin's is renewed when no more than this is left of it; none: a third of its life. Never more than half of that."),
    })
    .prefault({})
    .describe("How long tenants' certificates are valid."),
  operatorGroup: z
    .string()
    .default('kubezoo:operators')
    .describe("Group (`O` of a client certificate without `OU`) that makes a user the platform's operator."),
  kubeconfigDir: z
    .string()
    .optional()
    .describe("Folder into which the controller also writes each tenant's kubeconfig; none: only the annotation of the Tenant."),
  cursorKeyFile: z
    .string()
    .optional()
    .describe(
      'Random bytes, 32 at least and the same for all replicas: seals the places at which lists go on. None: each process has its own, and a list that was begun at another replica begins anew.',
    ),
};

import { z } from 'zod';

/** A host that is this machine: what is said to it in the clear stays here. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\//;

/** Whose tokens let tenants' users in: one OIDC issuer, in the words of kube-apiserver's AuthenticationConfiguration. See docs/oidc.md. */
export const oidcSchema = z
  .strictObject({
    issuer: z.string().min(1).describe('`iss` of its tokens, to the letter.'),
    audiences: z.array(z.string().min(1)).min(1).describe('Of these a token must name one at least in `aud`.'),
    jwksUri: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where its keys are: a URL, `https` unless it is this machine.'),
    jwksFile: z.string().optional().describe('Where its keys are, instead: a file that is read again each second.'),
    jwksCaFile: z.string().optional().describe('PEM file of the CA of `jwksUri`; none: those that the system trusts.'),
    jwksCacheSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(60)
      .describe('How long keys of `jwksUri` are used before they are read again: a new key is known after this time at the latest.'),
    tenantClaim: z.string().min(1).default('kubezoo_tenant').describe('The claim that names the tenant by its id.'),
    usernameClaim: z.string().min(1).default('sub').describe('The claim that names the user.'),
    usernamePrefix: z
      .string()
      .default('oidc:')
      .describe("Before each name, so that an issuer's user is none of the tenant's others unless this is the empty text."),
    groupsClaim: z
      .string()
      .min(1)
      .default('groups')
      .describe('The claim that names the groups: a text or a list of texts; absent in a token: no groups.'),
    groupsPrefix: z.string().default('oidc:').describe('Before the name of each group.'),
    clockSkewSeconds: z.int().min(0).max(600).default(60).describe('By how much clocks may differ.'),
  })
  .refine(({ jwksUri, jwksFile }) => (jwksUri === undefined) !== (jwksFile === undefined), {
    error: 'either jwksUri or jwksFile has to be there',
  })
  .refine(({ jwksUri = 'https:' }) => jwksUri.startsWith('https:') || LOOPBACK.test(jwksUri), {
    error: 'jwksUri has to be https: whoever changes the keys on their way is everybody',
  });

export type OidcConfig = z.infer<typeof oidcSchema>;

import { z } from 'zod';

/** A host that is this machine: what is said to it in the clear stays here. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\//;

/** Whose tokens let tenants' users in: one OIDC issuer, in the words of kube-apiserver's AuthenticationConfiguration. See docs/oidc.md. */
export const oidcSchema = z
  .strictObject({
    /** `iss` of its tokens, to the letter. */
    issuer: z.string().min(1),
    /** Of these a token must name one at least in `aud`. */
    audiences: z.array(z.string().min(1)).min(1),
    /** Where its keys are: a URL that is read again and again, or a file that is read again each second. */
    jwksUri: z.url({ protocol: /^https?$/ }).optional(),
    jwksFile: z.string().optional(),
    /** PEM file of the CA of `jwksUri`; none: those that the system trusts. */
    jwksCaFile: z.string().optional(),
    /** How long keys of `jwksUri` are used before they are read again, in seconds: a new key is known after this time at the latest. */
    jwksCacheSeconds: z.int().min(1).max(86_400).default(60),
    /** The claim that names the tenant by its id. */
    tenantClaim: z.string().min(1).default('kubezoo_tenant'),
    usernameClaim: z.string().min(1).default('sub'),
    /** Before each name, so that an issuer's user is none of the tenant's others unless this is the empty text. */
    usernamePrefix: z.string().default('oidc:'),
    /** A text or a list of texts; absent in a token: no groups. */
    groupsClaim: z.string().min(1).default('groups'),
    groupsPrefix: z.string().default('oidc:'),
    /** By how much clocks may differ. */
    clockSkewSeconds: z.int().min(0).max(600).default(60),
  })
  .refine(({ jwksUri, jwksFile }) => (jwksUri === undefined) !== (jwksFile === undefined), {
    error: 'either jwksUri or jwksFile has to be there',
  })
  .refine(({ jwksUri = 'https:' }) => jwksUri.startsWith('https:') || LOOPBACK.test(jwksUri), {
    error: 'jwksUri has to be https: whoever changes the keys on their way is everybody',
  });

export type OidcConfig = z.infer<typeof oidcSchema>;

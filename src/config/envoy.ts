import { z } from 'zod';

/** What Envoy's configuration needs beyond what sidecar and controller know: see docs/decisions/0043. */
export const envoySchema = z.strictObject({
  /** Where clients come in. */
  listenAddress: z.string().min(1).default('0.0.0.0'),
  listenPort: z.int().min(1).max(65_535).default(6443),
  /** PEM files of the certificate that clients are shown, both in one folder: it is watched, and replaced as a set. */
  servingCertFile: z.string(),
  servingKeyFile: z.string(),
  /** PEM file of the CAs whose clients are let in; none: `clientCaFile`. */
  trustedClientsFile: z.string().optional(),
  /** Unix socket of Envoy's admin endpoints, which may do anything to it; none: `shutdown.envoyAdminSocket`. */
  adminSocket: z.string().optional(),
  /** `host:port` at which anybody may read `/ready` and `/stats/prometheus`, and nothing else; none: nobody. It goes through the admin socket. */
  statsAddress: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'it has to be host:port')
    .optional(),
  /** There, too: `/metrics`, `/readyz` and `/livez` of the sidecar, whose own port (`adminAddress`) may then stay on loopback. */
  sidecarStats: z.boolean().default(false),
});

export type EnvoySettings = z.infer<typeof envoySchema>;

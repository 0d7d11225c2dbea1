import { z } from 'zod';

/** What Envoy's configuration needs beyond what sidecar and controller know: see docs/decisions/0043. */
export const envoySchema = z.strictObject({
  listenAddress: z.string().min(1).default('0.0.0.0').describe('Where clients come in.'),
  listenPort: z.int().min(1).max(65_535).default(6443).describe('Where clients come in.'),
  servingCertFile: z
    .string()
    .describe('PEM file of the certificate that clients are shown, in one folder with its key: that is watched, and replaced as a set.'),
  servingKeyFile: z.string().describe('PEM file of its key.'),
  trustedClientsFile: z.string().optional().describe('PEM file of the CAs whose clients are let in; none: `clientCaFile`.'),
  adminSocket: z
    .string()
    .optional()
    .describe("Unix socket of Envoy's admin endpoints, which may do anything to it; none: `shutdown.envoyAdminSocket`."),
  statsAddress: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'it has to be host:port')
    .optional()
    .describe(
      '`host:port` at which anybody may read `/ready` and `/stats/prometheus`, and nothing else; none: nobody. It goes through the admin socket.',
    ),
  sidecarStats: z
    .boolean()
    .default(false)
    .describe('There, too: `/metrics`, `/readyz` and `/livez` of the sidecar, whose own port (`adminAddress`) may then stay on loopback.'),
});

export type EnvoySettings = z.infer<typeof envoySchema>;

import { z } from 'zod';
import { hostAndPort } from './formats.ts';

/** Where the two processes listen, how many threads serve, and how they end. */
export const processSettings = {
  extProcSocket: z
    .string()
    .describe('Unix socket of the ext_proc server. With several workers those after the first have `.1`, `.2` … at its end.'),
  localSocket: z.string().describe('Unix socket of the local API.'),
  adminAddress: hostAndPort()
    .default('127.0.0.1:0')
    .describe('Where `/metrics`, `/healthz`, `/readyz` and the page for operators are, `host:port`; port 0 is a free one.'),
  controllerAdminAddress: hostAndPort()
    .default('127.0.0.1:0')
    .describe("The controller's `/metrics`, `/healthz` and `/readyz`, `host:port`."),
  workers: z.int().min(1).max(64).default(1).describe("Threads that serve ext_proc; with one, it is the sidecar's main thread."),
  leaderLeaseSeconds: z
    .int()
    .min(2)
    .max(300)
    .optional()
    .describe('How long a controller that died without a word keeps the next one waiting: the lease of its leadership. None: 10.'),
  shutdown: z
    .strictObject({
      delaySeconds: z
        .number()
        .min(0)
        .max(600)
        .default(0)
        .describe('So long `/readyz` says no while everything is served, for load balancers to notice.'),
      envoyAdminSocket: z
        .string()
        .optional()
        .describe("Unix socket of Envoy's admin endpoints, where Envoy ends together with the sidecar: it is drained for good."),
    })
    .optional()
    .describe('What happens between SIGTERM and the end of the sidecar; none: it drains at once, and leaves Envoy as it is.'),
};

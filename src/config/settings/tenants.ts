import { z } from 'zod';

export const DEFAULT_FINALIZER_GRACE_SECONDS = 20;

/** What tenants may have, and how they are removed. */
export const tenantSettings = {
  removal: z
    .strictObject({
      finalizerGracePeriodSeconds: z
        .int()
        .min(0)
        .default(DEFAULT_FINALIZER_GRACE_SECONDS)
        .describe(
          "How long the finalizers of a deleted tenant's objects are waited for; those that Kubernetes sets itself, twice as long.",
        ),
    })
    .prefault({})
    .describe('How tenants are removed.'),
  limits: z
    .strictObject({
      maxRequestsInflight: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Requests under way at a time, at all replicas together. None: 400.'),
      requestsPerSecond: z.int().min(1).max(1_000_000).optional().describe('None: requests are not counted by the second.'),
      burst: z.int().min(1).max(1_000_000).optional().describe("Requests at once. None: one second's worth."),
      maxLongRunning: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Watches, followed logs and sessions with containers at a time. None: 10,000.'),
      slots: z
        .int()
        .refine((slots) => slots > 0 && (slots & (slots - 1)) === 0, 'a power of two is wanted')
        .optional()
        .describe('Tenants that can have something under way at a time: a power of two. None: 65,536.'),
    })
    .optional()
    .describe('Of tenants that have none of their own.'),
  replica: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/)
        .optional()
        .describe("Another for each replica, and the same when it is started again. None: made of the host's name and `extProcSocket`."),
      leaseSeconds: z.int().min(2).default(5).describe('After this a replica that died gives its share back.'),
      handOverSeconds: z
        .int()
        .min(0)
        .default(5)
        .describe("For so long at most a newcomer waits for requests that are more than their replica's smaller share."),
    })
    .optional()
    .describe("How the gateway's replicas, which share the limits, know of each other."),
  defaultCaps: z
    .record(z.string().regex(/^count\/[a-z]/), z.union([z.string().regex(/^\d{1,9}$/), z.int().min(0)]))
    .default({})
    .describe('Caps on cluster-scoped objects of tenants whose quota does not say otherwise: keys of a quota, such as `count/namespaces`.'),
};

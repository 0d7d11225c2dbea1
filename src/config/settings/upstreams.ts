import { z } from 'zod';

/** A DNS label (RFC 1123). */
const UPSTREAM_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The upstream clusters, and what of them tenants share. */
export const upstreamSettings = {
  gatewayKubeconfig: z
    .string()
    .describe("Kubeconfig of the gateway's own identity upstream: it may impersonate, review tokens and access; nothing else."),
  controllerKubeconfig: z.string().describe('Kubeconfig with which the controller works upstream.'),
  upstreamName: z
    .string()
    .regex(UPSTREAM_NAME)
    .default('default')
    .describe("That cluster's name, for `spec.upstream` of tenants. A tenant that names none lives there."),
  otherUpstreams: z
    .record(
      z.string().regex(UPSTREAM_NAME),
      z.strictObject({
        gatewayKubeconfig: z.string().describe('As at the top, for that cluster.'),
        controllerKubeconfig: z.string().describe('As at the top, for that cluster.'),
      }),
    )
    .default({})
    .describe('Further upstream clusters, by name.'),
  sharedResources: z
    .array(
      z.strictObject({
        group: z.string().describe('API group; no tenant defines anything in it.'),
        resource: z.string().describe('Plural, as in a path.'),
        scope: z.enum(['Namespaced', 'Cluster']).describe('`Cluster`: to be read; `Namespaced`: objects of the tenant in its namespaces.'),
      }),
    )
    .default([])
    .describe("Custom resources of the platform's that tenants may use: cluster-scoped ones to be read, namespaced ones as their own."),
  admissionBridge: z
    .strictObject({
      host: z.string().describe('Where it listens.'),
      port: z.int().describe('Where it listens.'),
      url: z.url({ protocol: /^https$/ }).describe("`https://…`, where upstream finds it: any replica of the gateway's will do."),
      certFile: z.string().describe('PEM file of its serving certificate.'),
      keyFile: z.string().describe('PEM file of the key.'),
      caFile: z.string().describe('PEM file of the CA that upstream verifies it by.'),
      proofKeyFile: z
        .string()
        .describe("Random bytes, 32 at least and the same for all replicas: what makes the bridge's URLs unguessable."),
      maxTimeoutMs: z.int().min(1).default(10_000).describe("The longest that a tenant's webhook may take."),
      dialInstead: z
        .enum(['127.0.0.1', '::1'])
        .optional()
        .describe("For development, where pods have no network: this loopback address is called in the place of each endpoint's."),
    })
    .optional()
    .describe("The server that upstream calls in the place of tenants' webhooks; none: tenants have no webhooks."),
  inCluster: z
    .strictObject({
      host: z.string().min(1).describe("A name or address that stands in the gateway's serving certificate."),
      port: z.int().min(1).max(65_535).describe('Port of the gateway.'),
      caFile: z.string().optional().describe('PEM file of the CA that signed that certificate, where it is not `servingCaFile`.'),
    })
    .optional()
    .describe("Where tenants' pods reach the gateway, as clients inside of a cluster do; none: they are told nothing, and find upstream."),
};

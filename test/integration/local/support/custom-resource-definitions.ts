/** CRDs of two tenants and of the platform, as upstream has them; `acme.io` is what the tenants' groups are compared with. */

interface Definition {
  group: string;
  plural: string;
  kind: string;
  scope?: 'Namespaced' | 'Cluster';
  /** Said in descriptions only. */
  secret?: string;
}

/** What a tenant can write where OpenAPI has references, names and numbers of its own. */
function trickyProperties(secret: string): object {
  return {
    size: { type: 'integer', format: 'int64', maximum: 4611686018427388000, default: 1 },
    // A reference to another tenant's definition, where it is no reference.
    lure: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      default: { $ref: '#/definitions/io.demo02-acme.v1.Widget', group: 'demo01-acme.io' },
    },
    text: {
      type: 'string',
      description: `io.demo01-acme.v1.Widget is text here. ${secret}`,
      enum: ['demo01-acme.io', '#/definitions/io.demo02-acme.v1.Widget'],
    },
    $ref: { type: 'string' },
    tags: { type: 'array', items: { type: 'object', properties: { operationId: { type: 'string' } } } },
    either: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    byName: { type: 'object', additionalProperties: { type: 'string' } },
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    port: { 'x-kubernetes-int-or-string': true },
  };
}

export function definition({ group, plural, kind, scope = 'Namespaced', secret = '' }: Definition): {
  metadata: { name: string; annotations: Record<string, string> };
  [member: string]: unknown;
} {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      description: `A ${kind}.`,
      properties: {
        spec: { type: 'object', required: ['size'], properties: trickyProperties(secret) },
        status: { type: 'object', properties: { replicas: { type: 'integer' } } },
      },
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      group,
      scope,
      names: {
        plural,
        singular: kind.toLowerCase(),
        kind,
        listKind: `${kind}List`,
        shortNames: [plural.slice(0, 2)],
        categories: ['all', 'mine'],
      },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' } },
          schema,
        },
        { name: 'v1beta1', served: true, storage: false, deprecated: true, schema },
      ],
    },
  };
}

export const DEFINITIONS = [
  definition({ group: 'acme.io', plural: 'widgets', kind: 'Widget' }),
  definition({ group: 'acme.io', plural: 'gadgets', kind: 'Gadget', scope: 'Cluster' }),
  definition({ group: 'demo01-acme.io', plural: 'widgets', kind: 'Widget' }),
  definition({ group: 'demo01-acme.io', plural: 'gadgets', kind: 'Gadget', scope: 'Cluster' }),
  definition({ group: 'demo02-acme.io', plural: 'widgets', kind: 'Widget', secret: 'secret of demo02' }),
  definition({ group: 'demo02-only.example.com', plural: 'foos', kind: 'Foo', secret: 'secret of demo02' }),
  // To its tenant `events.k8s.io` is Kubernetes' own.
  definition({ group: 'demo01-events.k8s.io', plural: 'things', kind: 'Thing', secret: 'secret of the platform' }),
  definition({ group: 'platform.example.com', plural: 'zones', kind: 'Zone', scope: 'Cluster' }),
  definition({ group: 'platform.example.com', plural: 'buckets', kind: 'Bucket' }),
  definition({ group: 'platform.example.com', plural: 'plans', kind: 'Plan', secret: 'secret of the platform' }),
];

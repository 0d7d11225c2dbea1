export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Version {
  readonly name: string;
  readonly storage?: boolean;
  /** Of `spec`. */
  readonly properties?: object;
}

/** A CRD of one kind, called after its plural, whose `spec` has the given properties. */
export function definition(
  plural: string,
  group: string,
  scope: 'Namespaced' | 'Cluster',
  versions: readonly Version[] = [{ name: 'v1' }],
) {
  const kind = plural[0]!.toUpperCase() + plural.slice(1, -1);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: versions.map(({ name, storage = true, properties = {} }) => ({
        name,
        served: true,
        storage,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties }, status: { type: 'object', properties: { seen: { type: 'integer' } } } },
          },
        },
      })),
    },
  };
}

/** Fields of upstream's kinds whose names suggest that they hold a name of something, from its OpenAPI v3 documents. */

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/**
 * What makes a field one of those, by its own name: a namespace, a class, a signer or driver, a group of an API, somebody, a
 * selector of namespaces, or any reference to an object.
 */
const SUGGESTIVE: readonly RegExp[] = [
  /namespaces?$/i,
  /refs?$/i,
  /references?$/i,
  /className$/i,
  /^(signer|driver|provisioner|attacher|controller|handler|volume|node|persistentVolume|policy|user|priorityLevelConfiguration)(Name)?$/i,
  /^(api)?groups?$/i,
  /^apiVersion$/,
  /^subjects?$/i,
  /^username$/i,
  /selectors?$/i,
  /^clusterTrustBundle$/,
  /^(involvedObject|regarding|related|describedObject|scaleTargetRef|dataSource)$/,
];

/** Nothing of a kind's own: each object has them, and all are translated alike. */
const EVERYWHERE = /^(apiVersion|kind|metadata)$/;

/**
 * @param document of one group and version
 * @returns by kind: paths as the policy table writes them, each once, sorted. Recursion stops where a type comes again inside itself.
 */
export function namingFields(document: OpenApiDocument, group: string, version: string): Map<string, string[]> {
  const schemas = document.components?.schemas ?? {};
  const found = new Map<string, string[]>();
  for (const [name, schema] of Object.entries(schemas)) {
    const own = schema['x-kubernetes-group-version-kind']?.find((of) => of.group === group && of.version === version);
    if (!own || own.kind.endsWith('List') || !name.endsWith(`.${own.kind}`)) continue;
    const paths = new Set<string>();
    collect(schema, schemas, '', [name], paths);
    found.set(own.kind, [...paths].sort());
  }
  return found;
}

function collect(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  path: string,
  within: readonly string[],
  paths: Set<string>,
): void {
  for (const [field, inner] of Object.entries(schema.properties ?? {})) {
    if (path === '' && EVERYWHERE.test(field)) continue;
    const at = path === '' ? field : `${path}.${field}`;
    if (SUGGESTIVE.some((pattern) => pattern.test(field))) paths.add(at);
    descend(inner, schemas, at, within, paths);
  }
  if (schema.items) descend(schema.items, schemas, `${path}[]`, within, paths);
  if (typeof schema.additionalProperties === 'object') descend(schema.additionalProperties, schemas, `${path}{}`, within, paths);
}

function descend(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  path: string,
  within: readonly string[],
  paths: Set<string>,
): void {
  const reference = schema.$ref ?? schema.allOf?.find(({ $ref }) => $ref)?.$ref;
  if (reference === undefined) {
    collect(schema, schemas, path, within, paths);
    return;
  }
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  const target = schemas[name];
  // Metadata is the same in all kinds, and JSONSchemaProps hold themselves.
  if (!target || within.includes(name) || /\.ObjectMeta$/.test(name)) return;
  collect(target, schemas, path, [...within, name], paths);
}

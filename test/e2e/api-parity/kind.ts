export type Body = Readonly<Record<string, unknown>>;

/** A kind, as the calls need it. */
export interface Kind {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** What an object of it needs besides apiVersion, kind and metadata. */
  readonly body: Body | ((tag: string) => Body);
  /** Where names have a form of their own; else `<tag>` itself. `tag`: `first`, `second` … */
  readonly name?: (tag: string) => string;
  /** Sub-resources that hold the kind itself or a Scale. */
  readonly subresources?: readonly ('status' | 'scale')[];
  /** Members that controllers write in their own time, left out of the comparison: `status`, `spec.x`. */
  readonly volatile?: readonly string[];
}

export function groupPath({ apiVersion }: Kind): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function collectionPath(kind: Kind, namespace: string): string {
  const namespaced = kind.scope === 'Namespaced' ? `/namespaces/${namespace}` : '';
  return `${groupPath(kind)}${namespaced}/${kind.resource}`;
}

export function nameOf(kind: Kind, tag: string): string {
  return kind.name?.(tag) ?? tag;
}

export function objectOf(kind: Kind, tag: string): Record<string, unknown> {
  const { metadata, ...body } = (typeof kind.body === 'function' ? kind.body(tag) : kind.body) as { metadata?: object };
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { ...metadata, name: nameOf(kind, tag), labels: { parity: labelOf(kind), tag } },
    ...body,
  };
}

/** Sets the kinds of one name apart, and versions that show the same objects. */
export function labelOf({ apiVersion, resource }: Kind): string {
  return `${apiVersion.replace('/', '.')}.${resource}`.slice(-63);
}

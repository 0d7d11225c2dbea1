/** The forms in which a client may have a list or a watch, and how an object is read out of each. */

export const FORMS = ['JSON', 'Table', 'PartialObjectMetadata', 'protobuf', 'PartialObjectMetadata in protobuf'] as const;
export type Form = (typeof FORMS)[number];

/** Those that custom resources have, too. */
export const JSON_FORMS: readonly Form[] = ['JSON', 'Table', 'PartialObjectMetadata'];

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export function acceptOf(form: Form, isList: boolean): string {
  const media = isProtobuf(form) ? PROTOBUF : 'application/json';
  if (form === 'JSON' || form === 'protobuf') return media;
  const kind = form === 'Table' ? 'Table' : `PartialObjectMetadata${isList ? 'List' : ''}`;
  return `${media};as=${kind};v=v1;g=meta.k8s.io`;
}

export function isProtobuf(form: Form): boolean {
  return form.includes('protobuf');
}

/** What sets an object apart, and one state of it from another. */
export interface Item {
  /** `<namespace>/<name>`; the name alone of what is cluster-scoped. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly resourceVersion: string;
}

/** @param object in JSON: one of a kind, its metadata, a Table's row, or a Table of one row */
// biome-ignore lint/suspicious/noExplicitAny: any object
export function itemOf(object: any): Item {
  const { metadata = {} } = (object.kind === 'Table' ? object.rows[0].object : (object.object ?? object)) ?? {};
  const { name = '', resourceVersion = '' } = metadata;
  const namespace: string | undefined = metadata.namespace || undefined;
  return { key: namespace === undefined ? name : `${namespace}/${name}`, name, namespace, resourceVersion };
}

/** For comparing: the object and its state. */
export const stateOf = ({ key, resourceVersion }: Item): string => `${key}@${resourceVersion}`;

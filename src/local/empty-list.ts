import { AS_PARTIAL_LIST, AS_PARTIAL_OBJECT, AS_TABLE, JSON_TYPE, negotiate, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { buildTable, type TableColumn, toPartialObject } from '../kube/table.ts';

/** The form in which a client wants to see objects. */
export type Form = 'object' | 'table' | 'partial';

export interface Shape {
  readonly form: Form;
  readonly isProtobuf: boolean;
}

/** A version that names no moment of upstream's, and from which a watch may go on for ever: nothing happens here. */
export const RESOURCE_VERSION = '1';

/** What kubectl shows of any kind; the texts of the descriptions are not upstream's. */
const COLUMNS: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', description: 'Name of the object.', priority: 0 },
  { name: 'Age', type: 'string', format: '', description: 'Time since the object was created.', priority: 0 },
];

/**
 * What a list's or a watch's client likes best. @param hasProtobuf whether the kind has a protobuf form
 * @throws KubeError NotAcceptable
 */
export function chooseShape(accept: string | string[] | undefined, isWatch: boolean, hasProtobuf: boolean): Shape {
  const { as, mediaType } = negotiate(accept, {
    mediaTypes: hasProtobuf ? [JSON_TYPE, PROTOBUF_TYPE] : [JSON_TYPE],
    as: [AS_TABLE, { ...AS_TABLE, version: 'v1beta1' }, isWatch ? AS_PARTIAL_OBJECT : AS_PARTIAL_LIST],
  });
  const form = !as ? 'object' : as.kind === AS_TABLE.kind ? 'table' : 'partial';
  return { form, isProtobuf: mediaType === PROTOBUF_TYPE };
}

/** A list of that kind, with nothing in it. */
export function emptyList(form: Form, { group, version }: { group: string; version: string }, kind: string): object {
  const metadata = { resourceVersion: RESOURCE_VERSION };
  if (form === 'table') return buildTable(metadata, COLUMNS, []);
  if (form === 'partial') return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: [] };
  return { kind: `${kind}List`, apiVersion: apiVersionOf(group, version), metadata, items: [] };
}

/** The object of a BOOKMARK event: nothing but how far the watch has come. */
export function bookmark(
  form: Form,
  { group, version }: { group: string; version: string },
  kind: string,
  metadata: { resourceVersion: string; annotations?: Record<string, string> },
): object {
  if (form === 'object') return { kind, apiVersion: apiVersionOf(group, version), metadata };
  const partial = toPartialObject({ metadata });
  if (form === 'partial') return partial;
  return buildTable({ resourceVersion: metadata.resourceVersion }, COLUMNS, [{ cells: ['', '<unknown>'], object: partial }]);
}

function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The kinds that the fake apiserver serves, and how it writes them. */
import { encodeObject } from '../../../../src/translate/protobuf/encode-object.ts';

export type Json = { [member: string]: unknown };

export interface FakeObject extends Json {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface FakeKind {
  readonly kind: string;
  readonly apiVersion: string;
  /** Of a CRD: written in the order of its keys, and every item says its kind. */
  readonly isCustom?: true;
}

export const PODS = '/api/v1/pods';
export const EVENTS = '/api/v1/events';
export const NAMESPACES = '/api/v1/namespaces';
export const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
export const PRIORITIES = '/apis/scheduling.k8s.io/v1/priorityclasses';
export const WIDGETS = '/apis/shop.example.com/v1/widgets';

const KINDS: Readonly<Record<string, FakeKind>> = {
  [PODS]: { kind: 'Pod', apiVersion: 'v1' },
  [EVENTS]: { kind: 'Event', apiVersion: 'v1' },
  [NAMESPACES]: { kind: 'Namespace', apiVersion: 'v1' },
  [CLUSTER_ROLES]: { kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1' },
  [DEFINITIONS]: { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1' },
  [CLASSES]: { kind: 'StorageClass', apiVersion: 'storage.k8s.io/v1' },
  [PRIORITIES]: { kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1' },
  [WIDGETS]: { kind: 'Widget', apiVersion: 'shop.example.com/v1', isCustom: true },
};

export function kindOf(collection: string): FakeKind {
  const kind = KINDS[collection];
  if (!kind) throw new Error(`the fake apiserver has no ${collection}`);
  return kind;
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

const COLUMNS = [{ name: 'Name', type: 'string', format: 'name', description: 'of the object: {["rows":[]]}', priority: 0 }];
const META_VERSION = 'meta.k8s.io/v1';

/** An object as a watch and a get show it. */
export function whole({ kind, apiVersion }: FakeKind, object: FakeObject): Json {
  return { kind, apiVersion, ...object };
}

function partialOf({ metadata }: FakeObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: META_VERSION, metadata };
}

function rowOf(object: FakeObject): Json {
  return { cells: [object.metadata.name], object: partialOf(object) };
}

export function encodeList(accept: string, kind: FakeKind, metadata: ListMeta, objects: readonly FakeObject[]): Buffer {
  if (accept.includes('protobuf')) {
    const shown = accept.includes('as=Partial')
      ? { kind: 'PartialObjectMetadataList', apiVersion: META_VERSION, metadata, items: objects.map(({ metadata }) => ({ metadata })) }
      : { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items: objects };
    return encodeObject(shown);
  }
  return Buffer.from(`${JSON.stringify(jsonList(accept, kind, metadata, objects))}\n`);
}

function jsonList(accept: string, kind: FakeKind, metadata: ListMeta, objects: readonly FakeObject[]): Json {
  if (accept.includes('as=Table')) {
    return { kind: 'Table', apiVersion: META_VERSION, metadata, columnDefinitions: COLUMNS, rows: objects.map(rowOf) };
  }
  if (accept.includes('as=Partial')) {
    return { kind: 'PartialObjectMetadataList', apiVersion: META_VERSION, metadata, items: objects.map(partialOf) };
  }
  const listKind = `${kind.kind}List`;
  if (!kind.isCustom) return { kind: listKind, apiVersion: kind.apiVersion, metadata, items: objects };
  const items = objects.map((object) => ({ apiVersion: kind.apiVersion, kind: kind.kind, ...object }));
  return { apiVersion: kind.apiVersion, items, kind: listKind, metadata };
}

/** The object of an event, in the form that was asked for. @param isFirst of its watch: a Table's columns are told */
export function eventObject(accept: string, kind: FakeKind, object: FakeObject, isFirst: boolean): Json {
  if (accept.includes('as=Table')) {
    const { resourceVersion } = object.metadata;
    const columnDefinitions = isFirst ? COLUMNS : null;
    return { kind: 'Table', apiVersion: META_VERSION, metadata: { resourceVersion }, columnDefinitions, rows: [rowOf(object)] };
  }
  return accept.includes('as=Partial') ? partialOf(object) : whole(kind, object);
}

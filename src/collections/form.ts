/** The forms in which a collection can be asked for, and what upstream is asked for instead. */
import { AS_PARTIAL_LIST, AS_PARTIAL_OBJECT, AS_TABLE, JSON_TYPE, negotiate, PROTOBUF_TYPE } from '../kube/negotiate.ts';

export type Shape = 'object' | 'partial' | 'table';

export interface Form {
  readonly shape: Shape;
  readonly isProtobuf: boolean;
  /** Of meta.k8s.io, for a Table or metadata alone. */
  readonly version: string;
}

const VERSIONS = ['v1', 'v1beta1'];

/**
 * @param accept reduced to what can be translated already (gateway/accept.ts)
 * @throws KubeError NotAcceptable
 */
export function chooseForm(accept: string | string[] | undefined, verb: 'list' | 'watch', hasProtobuf: boolean): Form {
  const partial = verb === 'list' ? AS_PARTIAL_LIST : AS_PARTIAL_OBJECT;
  const { as, mediaType } = negotiate(accept, {
    mediaTypes: hasProtobuf ? [JSON_TYPE, PROTOBUF_TYPE] : [JSON_TYPE],
    as: VERSIONS.flatMap((version) => [
      { ...AS_TABLE, version },
      { ...partial, version },
    ]),
  });
  const shape = !as ? 'object' : as.kind === AS_TABLE.kind ? 'table' : 'partial';
  return { shape, isProtobuf: mediaType === PROTOBUF_TYPE, version: as?.version ?? 'v1' };
}

/** The Accept header by which upstream answers a list in that form. */
export function acceptForList({ shape, isProtobuf, version }: Form): string {
  return withKind(isProtobuf, shape === 'table' ? AS_TABLE.kind : shape === 'partial' ? AS_PARTIAL_LIST.kind : undefined, version);
}

/** The same for a watch. */
export function acceptForWatch({ shape, isProtobuf, version }: Form): string {
  const kind = shape === 'table' ? AS_TABLE.kind : shape === 'partial' ? AS_PARTIAL_OBJECT.kind : undefined;
  return withKind(isProtobuf, kind, version) + (isProtobuf ? ';stream=watch' : '');
}

function withKind(isProtobuf: boolean, kind: string | undefined, version: string): string {
  const mediaType = isProtobuf ? PROTOBUF_TYPE : JSON_TYPE;
  return kind === undefined ? mediaType : `${mediaType};as=${kind};g=meta.k8s.io;v=${version}`;
}

export function contentTypeOf({ isProtobuf }: Form, verb: 'list' | 'watch'): string {
  if (!isProtobuf) return JSON_TYPE;
  return verb === 'watch' ? `${PROTOBUF_TYPE};stream=watch` : PROTOBUF_TYPE;
}

import { KubeError } from '../errors.ts';

export type BodyFormat = 'json' | 'yaml' | 'protobuf' | 'json-patch' | 'merge-patch' | 'strategic-merge-patch' | 'apply-patch';

const OBJECTS: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
]);

const BUILT_IN_OBJECTS: ReadonlyMap<string, BodyFormat> = new Map([...OBJECTS, ['application/vnd.kubernetes.protobuf', 'protobuf']]);

const PATCHES: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json-patch+json', 'json-patch'],
  ['application/merge-patch+json', 'merge-patch'],
  ['application/strategic-merge-patch+json', 'strategic-merge-patch'],
  ['application/apply-patch+yaml', 'apply-patch'],
]);

const CUSTOM_PATCHES: readonly string[] = [...PATCHES.keys()].filter((type) => PATCHES.get(type) !== 'strategic-merge-patch');

/**
 * How a body is to be read. Upstream ignores a media type's parameters, but what stands behind them might be read
 * otherwise on the way there: none but a UTF-8 charset is taken.
 *
 * @param verb of Kubernetes; `patch` has formats of its own
 * @param contentType the header; '' is JSON, as upstream has it
 * @param hasProtobuf whether objects of that kind have a protobuf form
 * @throws KubeError UnsupportedMediaType in upstream's words, also for CBOR, which is not read here
 */
export function bodyFormat(verb: string, contentType: string, hasProtobuf: boolean): BodyFormat {
  const formats = verb === 'patch' ? PATCHES : hasProtobuf ? BUILT_IN_OBJECTS : OBJECTS;
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const format = formats.get(mediaType === '' && verb !== 'patch' ? 'application/json' : mediaType);
  const isPlain = parameters.every((parameter) => /^charset="?utf-?8"?$/.test(parameter));
  if (format === undefined || !isPlain) {
    if (verb === 'patch' && hasProtobuf) throw new KubeError('UnsupportedMediaType', '415: Unsupported Media Type', {});
    const accepted = (verb === 'patch' ? CUSTOM_PATCHES : [...BUILT_IN_OBJECTS.keys()]).join(', ');
    throw new KubeError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  return format;
}

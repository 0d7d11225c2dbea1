import { negotiate } from '../kube/negotiate.ts';
import type { LocalRequest } from './local-request.ts';

export const OPENAPI_JSON = 'application/json';

/** The media type of an OpenAPI document in protobuf, as answers spell it. */
export function openApiProtobufType(version: 'v2' | 'v3'): string {
  return `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;
}

/**
 * JSON or protobuf, as the client likes best.
 * @throws KubeError NotAcceptable
 */
export function chooseOpenApiType({ headers }: LocalRequest, version: 'v2' | 'v3'): string {
  const protobuf = openApiProtobufType(version);
  // client-go's own spelling, which is no well-formed media type.
  const alias = protobuf.replace('.v1.0+', '@v1.0+');
  const { mediaType } = negotiate(headers.accept, { mediaTypes: [OPENAPI_JSON, protobuf, alias], as: [] });
  return mediaType === alias ? protobuf : mediaType;
}

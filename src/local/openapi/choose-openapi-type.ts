import type { ServerResponse } from 'node:http';
import { KubeError } from '../../errors.ts';
import { negotiate } from '../../kube/negotiate.ts';
import { PRIVATE, sendBytes } from '../answer.ts';
import type { LocalRequest } from '../local-request.ts';
import { jsonForm } from './json-form.ts';
import type { OpenApiForm, OpenApiVersion } from './openapi-form.ts';
import { protobufForm } from './protobuf-form.ts';

export const OPENAPI_JSON = 'application/json';

/** The media type of an OpenAPI document in protobuf, as answers spell it. */
export function openApiProtobufType(version: OpenApiVersion): string {
  return `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;
}

/**
 * JSON or protobuf, as the client likes best. Undefined when it takes neither: then it has been answered, as the apiserver does,
 * with nothing but 406.
 */
export function chooseOpenApiType({ headers }: LocalRequest, response: ServerResponse, version: OpenApiVersion): string | undefined {
  const protobuf = openApiProtobufType(version);
  // client-go's own spelling, which is no well-formed media type.
  const alias = protobuf.replace('.v1.0+', '@v1.0+');
  try {
    const { mediaType } = negotiate(headers.accept, { mediaTypes: [OPENAPI_JSON, protobuf, alias], as: [] });
    return mediaType === alias ? protobuf : mediaType;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    sendBytes(response, error.code, Buffer.alloc(0), { 'cache-control': PRIVATE });
    return undefined;
  }
}

/** @param type one that `chooseOpenApiType` gives */
export function formOf(version: OpenApiVersion, type: string): OpenApiForm {
  return type === OPENAPI_JSON ? jsonForm(version) : protobufForm(version);
}

/** The ext_proc protocol as it arrives from proto-loader: types of the messages in proto/external_processor.proto. */
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface HeaderValue {
  key: string;
  value?: string;
  raw_value?: Buffer;
}

export interface HttpHeaders {
  headers?: { headers?: HeaderValue[] };
  end_of_stream?: boolean;
}

export interface HttpBody {
  body?: Buffer;
  end_of_stream?: boolean;
}

export interface Struct {
  fields?: Record<string, StructValue>;
}

export interface StructValue {
  string_value?: string;
  bool_value?: boolean;
  number_value?: number;
  null_value?: number;
  struct_value?: Struct;
  list_value?: { values?: StructValue[] };
}

export interface ProcessingRequest {
  request_headers?: HttpHeaders;
  response_headers?: HttpHeaders;
  request_body?: HttpBody;
  response_body?: HttpBody;
  request_trailers?: object;
  response_trailers?: object;
  metadata_context?: { filter_metadata?: Record<string, Struct> };
  attributes?: Record<string, Struct>;
}

export interface SetHeader {
  header: { key: string; raw_value: Buffer };
  append: { value: boolean };
}

export interface HeaderMutation {
  set_headers?: SetHeader[];
  remove_headers?: string[];
}

export const HeaderMode = { DEFAULT: 0, SEND: 1, SKIP: 2 } as const;
export const BodyMode = { NONE: 0, FULL_DUPLEX_STREAMED: 4 } as const;

export interface ProcessingMode {
  request_header_mode?: number;
  response_header_mode?: number;
  request_body_mode?: number;
  response_body_mode?: number;
  request_trailer_mode?: number;
  response_trailer_mode?: number;
}

export interface CommonResponse {
  header_mutation?: HeaderMutation;
  body_mutation?: { streamed_response: { body: Uint8Array; end_of_stream: boolean } };
  clear_route_cache?: boolean;
}

export interface ProcessingResponse {
  request_headers?: { response: CommonResponse };
  response_headers?: { response: CommonResponse };
  request_body?: { response: CommonResponse };
  response_body?: { response: CommonResponse };
  request_trailers?: { header_mutation?: HeaderMutation };
  response_trailers?: { header_mutation?: HeaderMutation };
  immediate_response?: { status: { code: number }; headers?: HeaderMutation; body: Buffer; details: string };
  mode_override?: ProcessingMode;
}

const PROTO_FILE = fileURLToPath(new URL('../../proto/external_processor.proto', import.meta.url));

/** Definition of envoy.service.ext_proc.v3.ExternalProcessor, for a grpc-js server. */
export function externalProcessorService(): ServiceDefinition {
  const definition = loadSync(PROTO_FILE, { keepCase: true, enums: Number, longs: Number });
  const loaded = loadPackageDefinition(definition) as unknown as {
    envoy: { service: { ext_proc: { v3: { ExternalProcessor: { service: ServiceDefinition } } } } };
  };
  return loaded.envoy.service.ext_proc.v3.ExternalProcessor.service;
}

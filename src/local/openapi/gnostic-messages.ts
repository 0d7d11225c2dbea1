/**
 * Where names stand in OpenAPI documents in protobuf: the messages of github.com/google/gnostic-models (openapiv2, openapiv3) that
 * lead to one, by field number. Fields that are not here hold none.
 */
import type { OpenApiVersion } from './openapi-form.ts';

/** What a text names; `kinds` is a NamedAny that may be the extension with group, version and kind, in YAML. */
export type NameRole = 'path' | 'definition' | 'reference' | 'tag' | 'operationId' | 'kinds';

/** The field's role, or with `@` in front the type of its message. */
export type Messages = Readonly<Record<string, Readonly<Record<number, NameRole | `@${string}`>>>>;

const V2: Messages = {
  // The entries of Paths and of Definitions; those of Properties are named freely.
  Path: { 1: 'path', 2: '@PathItem' },
  Definition: { 1: 'definition', 2: '@Schema' },
  NamedParameter: { 2: '@Parameter' },
  NamedResponse: { 2: '@Response' },
  PathItem: {
    2: '@Operation',
    3: '@Operation',
    4: '@Operation',
    5: '@Operation',
    6: '@Operation',
    7: '@Operation',
    8: '@Operation',
    9: '@ParametersItem',
  },
  Operation: { 1: 'tag', 5: 'operationId', 8: '@ParametersItem', 9: '@Responses', 13: 'kinds' },
  ParametersItem: { 1: '@Parameter', 2: '@JsonReference' },
  Parameter: { 1: '@BodyParameter' },
  BodyParameter: { 5: '@Schema' },
  JsonReference: { 1: 'reference' },
  Responses: { 1: '@NamedResponseValue' },
  NamedResponseValue: { 2: '@ResponseValue' },
  ResponseValue: { 1: '@Response', 2: '@JsonReference' },
  Response: { 2: '@SchemaItem' },
  SchemaItem: { 1: '@Schema' },
  Schema: {
    1: 'reference',
    21: '@AdditionalPropertiesItem',
    23: '@ItemsItem',
    24: '@Schema',
    25: '@Properties',
    31: 'kinds',
  },
  AdditionalPropertiesItem: { 1: '@Schema' },
  ItemsItem: { 1: '@Schema' },
  Properties: { 1: '@NamedSchema' },
  NamedSchema: { 2: '@Schema' },
};

const V3: Messages = {
  Path: { 1: 'path', 2: '@PathItem' },
  Definition: { 1: 'definition', 2: '@SchemaOrReference' },
  PathItem: {
    4: '@Operation',
    5: '@Operation',
    6: '@Operation',
    7: '@Operation',
    8: '@Operation',
    9: '@Operation',
    10: '@Operation',
    11: '@Operation',
    13: '@ParameterOrReference',
  },
  Operation: {
    1: 'tag',
    5: 'operationId',
    6: '@ParameterOrReference',
    7: '@RequestBodyOrReference',
    8: '@Responses',
    13: 'kinds',
  },
  ParameterOrReference: { 1: '@Parameter', 2: '@Reference' },
  Parameter: { 10: '@SchemaOrReference' },
  RequestBodyOrReference: { 1: '@RequestBody', 2: '@Reference' },
  RequestBody: { 2: '@MediaTypes' },
  MediaTypes: { 1: '@NamedMediaType' },
  NamedMediaType: { 2: '@MediaType' },
  MediaType: { 1: '@SchemaOrReference' },
  Responses: { 1: '@ResponseOrReference', 2: '@NamedResponseOrReference' },
  NamedResponseOrReference: { 2: '@ResponseOrReference' },
  ResponseOrReference: { 1: '@Response', 2: '@Reference' },
  Response: { 3: '@MediaTypes' },
  SchemaOrReference: { 1: '@Schema', 2: '@Reference' },
  Reference: { 1: 'reference' },
  Schema: {
    26: '@SchemaOrReference',
    27: '@SchemaOrReference',
    28: '@SchemaOrReference',
    29: '@Schema',
    30: '@ItemsItem',
    31: '@Properties',
    32: '@AdditionalPropertiesItem',
    36: 'kinds',
  },
  ItemsItem: { 1: '@SchemaOrReference' },
  Properties: { 1: '@NamedSchemaOrReference' },
  NamedSchemaOrReference: { 2: '@SchemaOrReference' },
  AdditionalPropertiesItem: { 1: '@SchemaOrReference' },
};

export const GNOSTIC_MESSAGES: Readonly<Record<OpenApiVersion, Messages>> = { v2: V2, v3: V3 };

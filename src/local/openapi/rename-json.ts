/** The parsed members of a tenant's own group, changed in place to the tenant's spelling. */
import { isJsonObject, type JsonObject } from '../../translate/lossless-json.ts';
import { type OpenApiVersion, renameReference } from './openapi-form.ts';
import type { PathSpelling, Spelling } from './spelling.ts';

const KIND_EXTENSION = 'x-kubernetes-group-version-kind';

export function renamePathItem(version: OpenApiVersion, item: JsonObject, spelling: Spelling, ofPath: PathSpelling): void {
  renameParameters(version, item.parameters, spelling);
  for (const operation of Object.values(item).filter(isJsonObject)) {
    if (Array.isArray(operation.tags)) operation.tags = operation.tags.map((tag) => (typeof tag === 'string' ? ofPath.tag(tag) : tag));
    if (typeof operation.operationId === 'string') operation.operationId = ofPath.operationId(operation.operationId);
    renameKinds(operation, spelling);
    renameParameters(version, operation.parameters, spelling);
    renameContent(version, operation.requestBody, spelling);
    for (const response of objectsIn(operation.responses)) {
      if (isJsonObject(response.schema)) renameSchema(version, response.schema, spelling);
      renameContent(version, response, spelling);
    }
  }
}

/** Not what stands in defaults, examples and enumerations: that is the tenant's text, whatever it looks like. */
export function renameSchema(version: OpenApiVersion, schema: JsonObject, spelling: Spelling): void {
  if (typeof schema.$ref === 'string') schema.$ref = renameReference(version, schema.$ref, spelling);
  renameKinds(schema, spelling);
  for (const key of ['items', 'additionalProperties', 'not']) if (isJsonObject(schema[key])) renameSchema(version, schema[key], spelling);
  for (const key of ['properties', 'allOf', 'anyOf', 'oneOf']) {
    for (const inner of objectsIn(schema[key])) renameSchema(version, inner, spelling);
  }
}

function renameParameters(version: OpenApiVersion, parameters: unknown, spelling: Spelling): void {
  for (const parameter of objectsIn(parameters)) if (isJsonObject(parameter.schema)) renameSchema(version, parameter.schema, spelling);
}

/** By media type, as version 3 has it. */
function renameContent(version: OpenApiVersion, body: unknown, spelling: Spelling): void {
  if (!isJsonObject(body)) return;
  for (const { schema } of objectsIn(body.content)) if (isJsonObject(schema)) renameSchema(version, schema, spelling);
}

function renameKinds(of: JsonObject, spelling: Spelling): void {
  const extension = of[KIND_EXTENSION];
  for (const kind of Array.isArray(extension) ? extension : [extension]) {
    if (isJsonObject(kind) && typeof kind.group === 'string') kind.group = spelling.group(kind.group);
  }
}

/** The objects among the values of an object or an array. */
function objectsIn(value: unknown): JsonObject[] {
  return value !== null && typeof value === 'object' ? Object.values(value).filter(isJsonObject) : [];
}

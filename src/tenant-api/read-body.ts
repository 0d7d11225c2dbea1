import { KubeError } from '../errors.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { TENANT_API_VERSION, TENANT_GROUP, TENANT_VERSION } from '../tenants/tenant.ts';
import { checkObject } from './check-object.ts';
import { invalidTenant, invalidValue } from './invalid.ts';
import { type ParsedText, parseJson, parseYaml } from './parse-text.ts';
import { type Schema, TENANT_SCHEMA } from './schema.ts';

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';

/** YAML takes seconds a megabyte, in which nobody else is answered; a tenant is never as large. */
export const MAX_YAML_BYTES = 1024 * 1024;

/** Nobody reads more, and the text goes into an error's message. */
const MAX_COMPLAINTS = 100;

export type JsonObject = Record<string, unknown>;

/** What to do with fields that the schema does not have, and with keys that stand twice. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A kind of this API that can stand in a body. */
export interface BodyKind {
  readonly kind: string;
  readonly schema: Schema;
}

const TENANT: BodyKind = { kind: 'Tenant', schema: TENANT_SCHEMA };

export interface ReadTenant {
  /** Has the form of the schema, without unknown fields. */
  readonly object: JsonObject;
  readonly warnings: string[];
}

/** Type and subtype of the Content-Type, in lower case. */
export function contentTypeOf(request: LocalRequest): string {
  return String(request.headers['content-type'] ?? '')
    .split(';')[0]!
    .trim()
    .toLowerCase();
}

export function unsupportedMediaType(accepted: readonly string[]): KubeError {
  return new KubeError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

/**
 * The whole Tenant (or other kind) of a POST or PUT, JSON or YAML.
 * @throws KubeError UnsupportedMediaType, BadRequest (no object, other version, unknown fields under Strict), Invalid (kind, types)
 */
export async function readTenant(request: LocalRequest, validation: FieldValidation, of: BodyKind = TENANT): Promise<ReadTenant> {
  const type = contentTypeOf(request);
  if (type !== JSON_TYPE && type !== YAML_TYPE) throw unsupportedMediaType([JSON_TYPE, YAML_TYPE]);
  const bytes = await request.body(type === YAML_TYPE ? MAX_YAML_BYTES : undefined);
  const parsed = parseObject(
    () => (type === JSON_TYPE ? parseJson(bytes) : parseYaml(bytes)),
    `the object provided is unrecognized (must be of type ${of.kind})`,
  );
  const { value } = parsed;
  if (value.kind === undefined || value.kind === '')
    throw new KubeError('BadRequest', `the object provided is unrecognized (must be of type ${of.kind}): Object 'Kind' is missing`);
  const version = String(value.apiVersion ?? '');
  if (version !== TENANT_API_VERSION) {
    throw new KubeError(
      'BadRequest',
      `the API version in the data (${version}) does not match the expected API version (${TENANT_API_VERSION})`,
    );
  }
  return checkTenant(value, parsed.duplicates, validation, of);
}

/**
 * Whether the object is a Tenant (or another kind) as its schema has it.
 * @throws KubeError BadRequest (metadata of a wrong type; unknown fields and duplicates under Strict), Invalid
 */
export function checkTenant(
  object: JsonObject,
  duplicates: readonly string[],
  validation: FieldValidation,
  { kind, schema }: BodyKind = TENANT,
): ReadTenant {
  const { value, unknownFields, causes } = checkObject(object, schema);
  const cannotHandle = `${kind} in version "${TENANT_VERSION}" cannot be handled as a ${kind}`;
  const complaints = [...duplicates, ...unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`)].slice(0, MAX_COMPLAINTS);
  if (validation === 'Strict' && complaints.length > 0)
    throw new KubeError('BadRequest', `${cannotHandle}: strict decoding error: ${complaints.join(', ')}`);
  const wrongMetadata = causes.find(({ field }) => field === 'metadata' || field?.startsWith('metadata.'));
  if (wrongMetadata) throw new KubeError('BadRequest', `${cannotHandle}: ${wrongMetadata.field}: ${wrongMetadata.message}`);
  const name = nameOf(value);
  if (value.kind !== kind) throw invalidTenant(name, [invalidValue('kind', value.kind, `must be ${kind}`)], String(value.kind));
  if (value.apiVersion !== TENANT_API_VERSION) {
    throw invalidTenant(name, [invalidValue('apiVersion', value.apiVersion, `must be ${TENANT_GROUP}/${TENANT_VERSION}`)], kind);
  }
  if (causes.length > 0) throw invalidTenant(name, causes, kind);
  return { object: { ...value, metadata: value.metadata ?? {} }, warnings: validation === 'Warn' ? complaints : [] };
}

/** Parses, and insists on an object. `context` stands before what is wrong. @throws KubeError BadRequest */
export function parseObject(parse: () => ParsedText, context: string): ParsedText & { value: JsonObject } {
  const parsed = parseAny(parse, context);
  if (!isObject(parsed.value)) throw new KubeError('BadRequest', `${context}: it is no object`);
  return { ...parsed, value: parsed.value };
}

/** @throws KubeError BadRequest */
export function parseAny(parse: () => ParsedText, context: string): ParsedText {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw new KubeError('BadRequest', `${context}: ${cause instanceof Error ? cause.message : cause}`, undefined, { cause });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nameOf(object: JsonObject): string {
  const name = isObject(object.metadata) ? object.metadata.name : undefined;
  return typeof name === 'string' ? name : '';
}

import type { StatusCause } from '../errors.ts';
import { invalidValue, required, unsupported } from './invalid.ts';
import type { Schema } from './schema.ts';

export interface CheckedObject {
  /** A copy without unknown fields and without nulls. */
  readonly value: Record<string, unknown>;
  /** Paths of the unknown fields, sorted: `spec.foo`, `status.conditions[0].bar`. */
  readonly unknownFields: string[];
  /** Values of a wrong type, or outside of what the schema allows. */
  readonly causes: StatusCause[];
}

type JsonType = Schema['type'] | 'null' | 'number';

/** Compares an object with the schema of its kind. Looks only where the schema does, so depth is bounded by the schema's. */
export function checkObject(object: Readonly<Record<string, unknown>>, schema: Schema): CheckedObject {
  const checker = new Checker();
  const value = checker.check(object, schema, '') as Record<string, unknown>;
  return { value, unknownFields: checker.unknownFields.sort(), causes: checker.causes };
}

class Checker {
  readonly unknownFields: string[] = [];
  readonly causes: StatusCause[] = [];

  check(value: unknown, schema: Schema, path: string): unknown {
    const found = typeOf(value);
    if (schema['x-kubernetes-int-or-string'] && found === 'integer') return value;
    if (found !== schema.type) {
      const problem = `${path} in body must be of type ${schema.type}: ${JSON.stringify(found)}`;
      this.causes.push({ ...invalidValue(path, found, problem), reason: 'FieldValueTypeInvalid' });
      return value;
    }
    if (schema.type === 'object') return this.#object(value as Record<string, unknown>, schema, path);
    if (schema.type === 'array') return (value as unknown[]).map((item, index) => this.check(item, schema.items!, `${path}[${index}]`));
    if (schema.type === 'string') this.#text(value as string, schema, path);
    if (schema.type === 'integer') this.#number(value as number, schema, path);
    return value;
  }

  /** In the words of the apiserver's own validation of custom resources. */
  #number(value: number, { minimum, maximum }: Schema, path: string): void {
    if (minimum !== undefined && value < minimum) {
      this.causes.push(invalidValue(path, value, `${path} in body should be greater than or equal to ${minimum}`));
    }
    if (maximum !== undefined && value > maximum) {
      this.causes.push(invalidValue(path, value, `${path} in body should be less than or equal to ${maximum}`));
    }
  }

  #object(object: Record<string, unknown>, schema: Schema, path: string): Record<string, unknown> {
    const checked: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(object)) {
      const field = path === '' ? key : `${path}.${key}`;
      const known = schema.properties ? ownProperty(schema.properties, key) : schema.additionalProperties;
      if (!schema.properties && !schema.additionalProperties) checked[key] = value;
      else if (known === undefined) this.unknownFields.push(field);
      else if (value !== null) checked[key] = this.check(value, known, field);
    }
    for (const key of schema.required ?? []) if (!Object.hasOwn(checked, key)) this.causes.push(required(`${path}.${key}`));
    return checked;
  }

  #text(value: string, schema: Schema, path: string): void {
    if (schema.enum && !schema.enum.includes(value)) this.causes.push(unsupported(path, value, schema.enum));
    if (schema.format === 'date-time' && !isDateTime(value)) {
      const problem = `${path} in body must be of type date-time: ${JSON.stringify(value)}`;
      this.causes.push({ ...invalidValue(path, value, problem), reason: 'FieldValueTypeInvalid' });
    }
  }
}

function ownProperty<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as JsonType;
}

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}

import type { StatusCause } from '../errors.ts';
import { problemsOfLabelValue, problemsOfQualifiedName } from '../names/label-names.ts';
import { isReservedTenantId, isTenantId, TENANT_ID_PATTERN } from '../names/tenant-id.ts';
import {
  BURST_ANNOTATION,
  MAX_INFLIGHT_ANNOTATION,
  MAX_LONG_RUNNING_ANNOTATION,
  type ObjectMeta,
  REQUESTS_PER_SECOND_ANNOTATION,
  type Tenant,
} from '../tenants/tenant.ts';
import { forbidden, invalidValue } from './invalid.ts';
import { MAX_LIMIT } from './schema.ts';

/** All annotations of an object together, keys and values, in bytes: Kubernetes' own limit. */
const MAX_ANNOTATION_BYTES = 256 * 1024;
/** The short forms of `spec.limits`. */
const LIMIT_ANNOTATIONS = [MAX_INFLIGHT_ANNOTATION, REQUESTS_PER_SECOND_ANNOTATION, BURST_ANNOTATION, MAX_LONG_RUNNING_ANNOTATION];

/** What is wrong with a tenant's id, apart from who else may use it. */
export function problemsOfTenantId(tenantId: string): StatusCause[] {
  const problem = problemOfTenantId(tenantId);
  return problem === undefined ? [] : [invalidValue('metadata.name', tenantId, problem)];
}

function problemOfTenantId(tenantId: string): string | undefined {
  if (!isTenantId(tenantId)) {
    return `a tenant id must consist of exactly six lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'demo01', regex used for validation is '${TENANT_ID_PATTERN.source.slice(1, -1)}')`;
  }
  if (isReservedTenantId(tenantId)) return 'this tenant id is reserved: namespaces of the platform commonly begin with it';
  return undefined;
}

/** What is wrong with labels, annotations and finalizers. */
export function problemsOfMetadata({ labels, annotations, finalizers }: ObjectMeta): StatusCause[] {
  const causes: StatusCause[] = [];
  const add = (field: string, value: string, problems: string[]) =>
    causes.push(...problems.map((problem) => invalidValue(field, value, problem)));
  for (const [key, value] of Object.entries(labels ?? {})) {
    add('metadata.labels', key, problemsOfQualifiedName(key));
    add('metadata.labels', value, problemsOfLabelValue(value));
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    // Kubernetes looks at the key in lower case: it may be spelt freely, but not in two ways.
    add('metadata.annotations', key, problemsOfQualifiedName(key.toLowerCase()));
  }
  if (bytes > MAX_ANNOTATION_BYTES) {
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
      field: 'metadata.annotations',
    });
  }
  for (const finalizer of finalizers ?? []) add('metadata.finalizers', finalizer, problemsOfQualifiedName(finalizer));
  return [...causes, ...LIMIT_ANNOTATIONS.flatMap((key) => problemsOfLimit(key, annotations?.[key]))];
}

function problemsOfLimit(key: string, value: string | undefined): StatusCause[] {
  if (value === undefined || (/^[1-9]\d{0,6}$/.test(value) && Number(value) <= MAX_LIMIT)) return [];
  return [invalidValue(`metadata.annotations[${key}]`, value, `must be a whole number from 1 to ${MAX_LIMIT}`)];
}

/** What a change may not do to the metadata. */
export function problemsOfChange(old: Tenant, changed: Tenant): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const field of ['name', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    const value = changed.metadata[field];
    if (value !== old.metadata[field]) causes.push(invalidValue(`metadata.${field}`, value, 'field is immutable'));
  }
  const known = new Set(old.metadata.finalizers);
  const added = (changed.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (old.metadata.deletionTimestamp !== undefined && added.length > 0) {
    const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const problem = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
    causes.push(forbidden('metadata.finalizers', problem));
  }
  return causes;
}

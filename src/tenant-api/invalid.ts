/** Errors about tenants, in the words of k8s.io/apimachinery/pkg/api/errors and util/validation/field. */
import { KubeError, type StatusCause } from '../errors.ts';
import { StoreError } from '../tenants/store.ts';
import { TENANT_GROUP } from '../tenants/tenant.ts';

const QUALIFIED_RESOURCE = `tenants.${TENANT_GROUP}`;
const LOST_UPDATE = 'the object has been modified; please apply your changes to the latest version and try again';

export function invalidValue(field: string, value: unknown, problem: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${problem}`, field };
}

export function forbidden(field: string, problem: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${problem}`, field };
}

export function required(field: string, problem = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: `Required value${problem && `: ${problem}`}`, field };
}

export function unsupported(field: string, value: unknown, supported: readonly string[]): StatusCause {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`, field };
}

/** 422 about a tenant. `causes` must not be empty. */
export function invalidTenant(name: string, causes: StatusCause[], kind = 'Tenant'): KubeError {
  return invalid(`${kind}.${TENANT_GROUP}`, { ...(name && { name }), group: TENANT_GROUP, kind }, causes);
}

/** 422 about the options of a request (`kind`: CreateOptions …). */
export function invalidOptions(kind: string, causes: StatusCause[]): KubeError {
  return invalid(`${kind}.meta.k8s.io`, { group: 'meta.k8s.io', kind }, causes);
}

/** 422 about what a patch made of a tenant. The apiserver repeats the whole object here; ours holds a private key. */
export function invalidPatch(name: string, problem: string): KubeError {
  return invalidTenant(name, [{ reason: 'FieldValueInvalid', message: `Invalid value: ${problem}`, field: 'patch' }]);
}

function invalid(subject: string, about: { name?: string; group: string; kind: string }, causes: StatusCause[]): KubeError {
  // One mistake may be found twice; the text tells it once.
  const problems = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  return new KubeError('Invalid', `${subject} ${JSON.stringify(about.name ?? '')} is invalid: ${text}`, { ...about, causes });
}

export function notFound(name: string): KubeError {
  return new KubeError('NotFound', `${QUALIFIED_RESOURCE} "${name}" not found`, about(name));
}

export function conflict(name: string, problem = LOST_UPDATE): KubeError {
  return new KubeError('Conflict', `Operation cannot be fulfilled on ${QUALIFIED_RESOURCE} "${name}": ${problem}`, about(name));
}

export function methodNotAllowed(verb: string): KubeError {
  return new KubeError('MethodNotAllowed', `${verb} is not supported on resources of kind "${QUALIFIED_RESOURCE}"`, {
    group: TENANT_GROUP,
    kind: 'tenants',
  });
}

/** What to tell the client of an error of the store; anything else passes through. `name`: the tenant asked for. */
export function fromStoreError(thrown: unknown, name = ''): unknown {
  if (!(thrown instanceof StoreError)) return thrown;
  switch (thrown.reason) {
    case 'NotFound':
      return notFound(name);
    case 'AlreadyExists':
      return new KubeError('AlreadyExists', `${QUALIFIED_RESOURCE} "${name}" already exists`, about(name));
    case 'Conflict':
      return conflict(name);
    case 'Expired':
      return new KubeError('Expired', 'The resourceVersion for the provided list or watch is too old.', {}, { cause: thrown });
    case 'Unavailable':
      return new KubeError('ServiceUnavailable', 'the tenants cannot be read or written now', { retryAfterSeconds: 1 }, { cause: thrown });
  }
}

function about(name: string) {
  return { name, group: TENANT_GROUP, kind: 'tenants' };
}

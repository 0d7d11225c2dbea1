/** The query of a request, as meta.k8s.io's CreateOptions, UpdateOptions and PatchOptions. */
import type { StatusCause } from '../errors.ts';
import { isTrue } from '../kube/request-info.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { forbidden, invalidOptions, required, unsupported } from './invalid.ts';
import type { FieldValidation } from './read-body.ts';

const MAX_MANAGER_BYTES = 128;

export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who owns the fields written: the parameter, else the beginning of the User-Agent. */
  readonly manager: string;
  readonly validation: FieldValidation;
  /** For apply only. */
  readonly force: boolean;
}

/** @throws KubeError Invalid */
export function readWriteOptions(
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  request: LocalRequest,
  isApply = false,
): WriteOptions {
  const { query, headers } = request;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') || 'Warn';
  const causes: StatusCause[] = problemsOfDryRun(dryRun);
  if (isApply && manager === '') causes.push(required('fieldManager', 'is required for apply patch'));
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES) {
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_MANAGER_BYTES} bytes`,
      field: 'fieldManager',
    });
  }
  if (!isFieldValidation(validation)) causes.push(unsupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  if (!isApply && query.has('force')) causes.push(forbidden('force', 'may not be specified for non-apply patch'));
  if (causes.length > 0) throw invalidOptions(kind, causes);
  return {
    dryRun: dryRun.length > 0,
    manager: manager || managerOfUserAgent(headers['user-agent']),
    validation: validation as FieldValidation,
    force: isTrue(query.get('force')),
  };
}

export function problemsOfDryRun(values: readonly string[]): StatusCause[] {
  return values.every((value) => value === 'All') ? [] : [unsupported('dryRun', values, ['All'])];
}

function isFieldValidation(text: string): text is FieldValidation {
  return text === 'Ignore' || text === 'Warn' || text === 'Strict';
}

function managerOfUserAgent(userAgent: string | string[] | undefined): string {
  const name = String(userAgent ?? '').split('/')[0]!;
  // Latin-1 at most, as it comes from a header: a character is never more than two bytes.
  return name.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_MANAGER_BYTES) || 'unknown';
}

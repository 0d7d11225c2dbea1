/** Merge patch (RFC 7386) and JSON patch (RFC 6902): they change the object as it is written. */
import { KubeError } from '../errors.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { invalidPatch, notFound } from './invalid.ts';
import { applyJsonPatch, applyMergePatch, PatchError } from './json-patch.ts';
import type { Writer } from './managed-fields.ts';
import { parseJson } from './parse-text.ts';
import { checkVersion, type Patch } from './patch.ts';
import { prepareUpdate, withOwners } from './prepare-tenant.ts';
import { checkTenant, isObject, type JsonObject, parseAny, type ReadTenant } from './read-body.ts';
import type { WriteOptions } from './request-options.ts';
import { checkName } from './write-tenant.ts';

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export type EditType = typeof JSON_PATCH | typeof MERGE_PATCH;

/** @throws KubeError BadRequest when the body is no such patch */
export function readEditPatch(type: EditType, bytes: Buffer, name: string, writer: Writer, options: WriteOptions): Patch {
  const { value, duplicates } = parseAny(() => parseJson(bytes), 'error decoding patch');
  if (type === JSON_PATCH ? !Array.isArray(value) : !isObject(value)) {
    throw new KubeError('BadRequest', `error decoding patch: it must be ${type === JSON_PATCH ? 'a list of operations' : 'an object'}`);
  }
  const edit = (live: Tenant): unknown =>
    type === JSON_PATCH ? applyJsonPatch(live as unknown as JsonObject, value as unknown[]) : applyMergePatch(live, value);
  const warnings: string[] = [];
  return {
    warnings,
    applyTo(live) {
      if (!live) throw notFound(name);
      const patched = catchPatchError(() => edit(live));
      const read = checkPatched(name, patched, duplicates, options);
      warnings.splice(0, warnings.length, ...read.warnings);
      const sent = read.object as unknown as Tenant;
      checkName(read.object, name);
      checkVersion(sent, live);
      const { tenant, managers } = prepareUpdate(live, sent, writer.subresource);
      return withOwners(live, tenant, managers, writer);
    },
  };
}

function catchPatchError(edit: () => unknown): JsonObject {
  try {
    const patched = edit();
    if (isObject(patched)) return patched;
    throw new PatchError('the result is no object');
  } catch (cause) {
    if (!(cause instanceof PatchError)) throw cause;
    throw new KubeError('Invalid', `the server rejected our request due to an error in our request: ${cause.message}`, {}, { cause });
  }
}

/** What is wrong with the result is the patch's fault: BadRequest becomes Invalid, as the apiserver has it. */
function checkPatched(name: string, patched: JsonObject, duplicates: readonly string[], options: WriteOptions): ReadTenant {
  try {
    return checkTenant(patched, duplicates, options.validation);
  } catch (thrown) {
    if (!(thrown instanceof KubeError) || thrown.reason !== 'BadRequest') throw thrown;
    throw invalidPatch(name, thrown.message.slice(thrown.message.indexOf(': ') + 2));
  }
}

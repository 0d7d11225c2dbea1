/** PATCH of a tenant: merge patch, JSON patch and server-side apply. */
import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { StoreError } from '../tenants/store.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { applyConfig } from './apply.ts';
import { conflict, invalidPatch, notFound } from './invalid.ts';
import { applyJsonPatch, applyMergePatch, PatchError } from './json-patch.ts';
import { readManagers, type Writer } from './managed-fields.ts';
import { parseJson, parseYaml } from './parse-text.ts';
import { prepareCreate, prepareUpdate, withManagers, withOwners } from './prepare-tenant.ts';
import {
  checkTenant,
  contentTypeOf,
  isObject,
  type JsonObject,
  parseAny,
  parseObject,
  type ReadTenant,
  unsupportedMediaType,
} from './read-body.ts';
import { readWriteOptions, type WriteOptions } from './request-options.ts';
import { send, setWarnings } from './send.ts';
import { readView, showTenant } from './show-tenants.ts';
import type { TenantApiContext } from './tenant-api-context.ts';
import { checkName, type Subresource, storeChange, storeNew, writerOf } from './write-tenant.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

/** As often as the apiserver: somebody else may write between our read and our write. */
const MAX_ATTEMPTS = 5;

interface Patch {
  readonly warnings: string[];
  /** What becomes of `live`, owners included. Undefined `live`: what is created; only apply can. */
  applyTo(live: Tenant | undefined): Tenant;
}

export async function patchTenant(
  context: TenantApiContext,
  request: LocalRequest,
  response: ServerResponse,
  name: string,
  subresource: Subresource,
): Promise<void> {
  const view = readView(request, 'object');
  const { patch, options } = await readPatch(context, request, name, subresource);
  for (let attempt = 1; ; attempt++) {
    const live = await context.store.get(name);
    const changed = patch.applyTo(live);
    try {
      const stored = live ? await storeChange(context, live, changed, options.dryRun) : await storeNew(context, changed, options.dryRun);
      setWarnings(response, patch.warnings);
      return send(request, response, live ? 200 : 201, view.form.mediaType, showTenant(stored, view, context.now()));
    } catch (thrown) {
      const again = thrown instanceof StoreError && thrown.reason === 'Conflict' && attempt < MAX_ATTEMPTS;
      if (!again) throw thrown;
    }
  }
}

async function readPatch(
  context: TenantApiContext,
  request: LocalRequest,
  name: string,
  subresource: Subresource,
): Promise<{ patch: Patch; options: WriteOptions }> {
  const type = contentTypeOf(request);
  if (type !== JSON_PATCH && type !== MERGE_PATCH && type !== APPLY_PATCH)
    throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, APPLY_PATCH]);
  const options = readWriteOptions('PatchOptions', request, type === APPLY_PATCH);
  const writer = writerOf(context, options, subresource);
  const bytes = await request.body();
  const patch = type === APPLY_PATCH ? readApply(bytes, name, writer, options) : readEdit(type, bytes, name, writer, options);
  return { patch, options };
}

/** A merge patch or a JSON patch: changes the object as it is written. */
function readEdit(type: typeof JSON_PATCH | typeof MERGE_PATCH, bytes: Buffer, name: string, writer: Writer, options: WriteOptions): Patch {
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

/** Server-side apply: says what the applier wants, and nothing else. */
function readApply(bytes: Buffer, name: string, writer: Writer, options: WriteOptions): Patch {
  const { value, duplicates } = parseObject(() => parseYaml(bytes), 'error decoding YAML');
  if (value.apiVersion !== TENANT_API_VERSION || value.kind !== 'Tenant') {
    throw new KubeError('BadRequest', `invalid object type: ${String(value.apiVersion ?? '/')}, Kind=${String(value.kind ?? '')}`);
  }
  const { object, warnings } = checkTenant(value, duplicates, options.validation);
  checkName(object, name);
  const config = ofSubresource(object as unknown as Tenant, writer.subresource);
  if (config.metadata.managedFields !== undefined) throw new KubeError('BadRequest', 'metadata.managedFields must be nil');
  return {
    warnings,
    applyTo(live) {
      if (!live && writer.subresource) throw notFound(name);
      if (live) checkVersion(config, live);
      const { resourceVersion: _, ...metadata } = config.metadata;
      const target = live ?? prepareCreate({ ...config, metadata }, writer.now);
      const managersBefore = readManagers(target.metadata.managedFields) ?? [];
      const { tenant, managers } = applyConfig(target, config, managersBefore, writer, options.force);
      return withManagers(live ? prepareUpdate(live, tenant, writer.subresource).tenant : target, managers);
    },
  };
}

/** The part of a configuration that counts there: apply neither writes nor owns the other. */
function ofSubresource({ status, ...config }: Tenant, subresource: Subresource): Tenant {
  if (subresource === '') return config;
  const { name, resourceVersion, managedFields } = config.metadata;
  const metadata = { name, ...(resourceVersion && { resourceVersion }), ...(managedFields && { managedFields }) };
  const { spec: _, ...rest } = config;
  return { ...rest, metadata, ...(status && { status }) } as Tenant;
}

function checkVersion(sent: Tenant, live: Tenant): void {
  const { resourceVersion, name } = sent.metadata;
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw conflict(name);
}

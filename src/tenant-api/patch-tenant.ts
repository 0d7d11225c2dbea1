/** PATCH of a tenant: merge patch, JSON patch and server-side apply. */
import type { ServerResponse } from 'node:http';
import type { LocalRequest } from '../local/local-request.ts';
import { StoreError } from '../tenants/store.ts';
import { APPLY_PATCH, readApplyPatch } from './apply-patch.ts';
import { JSON_PATCH, MERGE_PATCH, readEditPatch } from './edit-patch.ts';
import type { Patch } from './patch.ts';
import { contentTypeOf, MAX_YAML_BYTES, unsupportedMediaType } from './read-body.ts';
import { readWriteOptions, type WriteOptions } from './request-options.ts';
import { send, setWarnings } from './send.ts';
import { readView, showTenant } from './show-tenants.ts';
import type { TenantApiContext } from './tenant-api-context.ts';
import { type Subresource, storeChange, storeNew, writerOf } from './write-tenant.ts';

/** As often as the apiserver: somebody else may write between our read and our write. */
const MAX_ATTEMPTS = 5;

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
      if (!(thrown instanceof StoreError) || attempt === MAX_ATTEMPTS) throw thrown;
      if (thrown.reason !== 'Conflict' && thrown.reason !== 'AlreadyExists') throw thrown;
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
  const bytes = await request.body(type === APPLY_PATCH ? MAX_YAML_BYTES : undefined);
  const patch = type === APPLY_PATCH ? readApplyPatch(bytes, name, writer, options) : readEditPatch(type, bytes, name, writer, options);
  return { patch, options };
}

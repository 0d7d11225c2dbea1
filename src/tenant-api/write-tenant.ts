/** POST and PUT of a tenant, and what every write has in common. */
import type { ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../errors.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { StoreError } from '../tenants/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { conflict, fromStoreError, invalidTenant, invalidValue, notFound, unsupported } from './invalid.ts';
import type { Writer } from './managed-fields.ts';
import { prepareCreate, prepareUpdate, withOwners } from './prepare-tenant.ts';
import { nameOf, readTenant } from './read-body.ts';
import { readWriteOptions, type WriteOptions } from './request-options.ts';
import { send, setWarnings } from './send.ts';
import { readView, showTenant } from './show-tenants.ts';
import { type TenantApiContext, timestamp } from './tenant-api-context.ts';

export type Subresource = '' | 'status';

export async function createTenant(context: TenantApiContext, request: LocalRequest, response: ServerResponse): Promise<void> {
  const view = readView(request, 'object');
  const options = readWriteOptions('CreateOptions', request);
  const { object, warnings } = await readTenant(request, options.validation);
  const writer = writerOf(context, options, '');
  const prepared = prepareCreate(object as unknown as Tenant, writer.now);
  const created = await storeNew(context, withOwners(undefined, prepared, [], writer), options.dryRun).catch((thrown: unknown) => {
    throw fromStoreError(thrown, prepared.metadata.name);
  });
  setWarnings(response, warnings);
  send(request, response, 201, view.form.mediaType, showTenant(created, view, context.now()));
}

export async function updateTenant(
  context: TenantApiContext,
  request: LocalRequest,
  response: ServerResponse,
  name: string,
  subresource: Subresource,
): Promise<void> {
  const view = readView(request, 'object');
  const options = readWriteOptions('UpdateOptions', request);
  const { object, warnings } = await readTenant(request, options.validation);
  checkName(object, name);
  const sent = object as unknown as Tenant;
  const live = await context.store.get(name);
  if (!live) throw notFound(name);
  const { uid, resourceVersion } = sent.metadata;
  if (!resourceVersion) throw invalidTenant(name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  if (resourceVersion !== live.metadata.resourceVersion) throw conflict(name);
  if (uid && uid !== live.metadata.uid)
    throw conflict(name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`);
  const { tenant, managers } = prepareUpdate(live, sent, subresource);
  const updated = await storeChange(
    context,
    live,
    withOwners(live, tenant, managers, writerOf(context, options, subresource)),
    options.dryRun,
  );
  setWarnings(response, warnings);
  send(request, response, 200, view.form.mediaType, showTenant(updated, view, context.now()));
}

export function writerOf(context: TenantApiContext, options: WriteOptions, subresource: Subresource): Writer {
  return { manager: options.manager, subresource, now: timestamp(context.now()) };
}

/** @throws KubeError BadRequest */
export function checkName(sent: Record<string, unknown>, name: string): void {
  const sentName = nameOf(sent);
  if (sentName === '')
    throw new KubeError('BadRequest', `the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (sentName !== name)
    throw new KubeError('BadRequest', `the name of the object (${sentName}) does not match the name on the URL (${name})`);
}

/** @throws StoreError AlreadyExists, KubeError Invalid when upstream holds names of that prefix, ServiceUnavailable when upstream cannot tell */
export async function storeNew({ store, deps }: TenantApiContext, tenant: Tenant, dryRun: boolean): Promise<Tenant> {
  const { name } = tenant.metadata;
  const { upstream } = tenant.spec;
  const known = deps.upstreamNames;
  if (upstream !== undefined && known && !known.includes(upstream)) {
    throw invalidTenant(name, [unsupported('spec.upstream', upstream, known)]);
  }
  if (await store.get(name)) throw new StoreError('AlreadyExists', name);
  const taken = await deps.upstreamHoldsPrefix(name, upstream).catch((cause: unknown) => {
    throw new KubeError(
      'ServiceUnavailable',
      'upstream cannot be asked now whether the tenant id is free',
      { retryAfterSeconds: 1 },
      { cause },
    );
  });
  if (taken !== undefined) {
    throw invalidTenant(name, [invalidValue('metadata.name', name, `the prefix "${name}-" is taken: upstream holds ${taken}`)]);
  }
  return dryRun ? tenant : store.create(tenant);
}

/** Writes nothing when nothing changed. A tenant that waited only for its last finalizer goes. @throws StoreError Conflict */
export async function storeChange({ store }: TenantApiContext, live: Tenant, changed: Tenant, dryRun: boolean): Promise<Tenant> {
  if (isDeepStrictEqual(live, changed)) return live;
  if (dryRun) return changed;
  const { name, resourceVersion, deletionTimestamp, finalizers = [] } = changed.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return store.update(changed);
  await store.delete(name, resourceVersion);
  return changed;
}

/** DELETE of one tenant, or of many. */
import type { ServerResponse } from 'node:http';
import { KubeError, type StatusCause } from '../errors.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { StoreError } from '../tenants/store.ts';
import { TENANT_GROUP, type Tenant } from '../tenants/tenant.ts';
import { conflict, invalidOptions, notFound, unsupported } from './invalid.ts';
import { readSelection } from './list-tenants.ts';
import { parseJson, parseYaml } from './parse-text.ts';
import { contentTypeOf, isObject, type JsonObject, MAX_YAML_BYTES, parseObject, YAML_TYPE } from './read-body.ts';
import { problemsOfDryRun } from './request-options.ts';
import { send } from './send.ts';
import { readView, showList, showTenant } from './show-tenants.ts';
import { type TenantApiContext, timestamp } from './tenant-api-context.ts';

const MAX_ATTEMPTS = 5;
const PROPAGATION_POLICIES = ['Foreground', 'Background', 'Orphan', 'nil'];

interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export async function deleteTenant(
  context: TenantApiContext,
  request: LocalRequest,
  response: ServerResponse,
  name: string,
): Promise<void> {
  const view = readView(request, 'object');
  const options = await readDeleteOptions(request);
  const { tenant, isGone } = await deleteOne(context, name, options);
  if (!isGone) return send(request, response, 200, view.form.mediaType, showTenant(tenant, view, context.now()));
  const details = { name, group: TENANT_GROUP, kind: 'tenants', uid: tenant.metadata.uid };
  send(request, response, 200, view.form.mediaType, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

export async function deleteTenants(context: TenantApiContext, request: LocalRequest, response: ServerResponse): Promise<void> {
  const view = readView(request, 'list');
  const { selects } = readSelection(request.query);
  const options = await readDeleteOptions(request);
  const { tenants, revision } = await context.store.list();
  const deleted: Tenant[] = [];
  for (const tenant of tenants.filter(selects)) {
    try {
      deleted.push((await deleteOne(context, tenant.metadata.name, options)).tenant);
    } catch (thrown) {
      // Somebody else was faster.
      if (!(thrown instanceof KubeError) || thrown.reason !== 'NotFound') throw thrown;
    }
  }
  send(request, response, 200, view.form.mediaType, showList(deleted, { resourceVersion: revision }, view, context.now()));
}

/** Marks the tenant as to be deleted, or takes it away when nobody wants to clean up first. */
async function deleteOne(context: TenantApiContext, name: string, options: DeleteOptions): Promise<{ tenant: Tenant; isGone: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const live = await context.store.get(name);
    if (!live) throw notFound(name);
    checkPreconditions(live, options);
    const { finalizers = [], deletionTimestamp, resourceVersion } = live.metadata;
    try {
      if (finalizers.length === 0) {
        if (!options.dryRun) await context.store.delete(name, resourceVersion);
        return { tenant: live, isGone: true };
      }
      if (deletionTimestamp !== undefined) return { tenant: live, isGone: false };
      const marked = markDeleted(live, timestamp(context.now()));
      return { tenant: options.dryRun ? marked : await context.store.update(marked), isGone: false };
    } catch (thrown) {
      if (!(thrown instanceof StoreError)) throw thrown;
      if (thrown.reason === 'NotFound') throw notFound(name);
      if (thrown.reason !== 'Conflict' || attempt === MAX_ATTEMPTS) throw thrown;
    }
  }
}

function markDeleted(live: Tenant, now: string): Tenant {
  const generation = (live.metadata.generation ?? 0) + 1;
  return { ...live, metadata: { ...live.metadata, deletionTimestamp: now, deletionGracePeriodSeconds: 0, generation } };
}

function checkPreconditions({ metadata }: Tenant, { uid, resourceVersion }: DeleteOptions): void {
  if (uid !== undefined && uid !== metadata.uid) {
    const problem = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(metadata.name, problem);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const problem = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(metadata.name, problem);
  }
}

/** From the body, which is optional, and from the query. Propagation is checked and has no effect: nothing is owned by a tenant. */
async function readDeleteOptions(request: LocalRequest): Promise<DeleteOptions> {
  const body = await readOptionsBody(request);
  const preconditions = isObject(body.preconditions) ? body.preconditions : {};
  const dryRun = [
    ...request.query.getAll('dryRun').filter((value) => value !== ''),
    ...(Array.isArray(body.dryRun) ? body.dryRun.map(String) : []),
  ];
  const policy = body.propagationPolicy ?? request.query.get('propagationPolicy');
  const causes: StatusCause[] = problemsOfDryRun(dryRun);
  if (policy && !PROPAGATION_POLICIES.includes(String(policy))) causes.push(unsupported('propagationPolicy', policy, PROPAGATION_POLICIES));
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  return { dryRun: dryRun.length > 0, uid: optionalText(preconditions.uid), resourceVersion: optionalText(preconditions.resourceVersion) };
}

async function readOptionsBody(request: LocalRequest): Promise<JsonObject> {
  const bytes = await request.body(MAX_YAML_BYTES);
  if (bytes.length === 0) return {};
  const parse = () => (contentTypeOf(request) === YAML_TYPE ? parseYaml(bytes) : parseJson(bytes));
  const { value } = parseObject(parse, 'the body is no DeleteOptions');
  if (value.kind !== undefined && value.kind !== 'DeleteOptions') {
    throw new KubeError('BadRequest', `the body must be DeleteOptions, it is ${JSON.stringify(value.kind)}`);
  }
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

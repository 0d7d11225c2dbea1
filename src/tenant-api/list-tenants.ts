/** GET of one tenant, or of many. */
import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { checkListOptions } from '../kube/list-options.ts';
import type { LocalRequest } from '../local/local-request.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { decodeContinueToken, encodeContinueToken } from './continue-token.ts';
import { forbidden, invalidOptions, notFound } from './invalid.ts';
import { parseFieldSelector, parseLabelSelector } from './label-selector.ts';
import { send } from './send.ts';
import { type ListMeta, readView, showList, showTenant } from './show-tenants.ts';
import type { TenantApiContext } from './tenant-api-context.ts';

/** Which tenants a list, a watch or a deletion is about. */
export interface Selection {
  /** The only name that can match, if the selectors say so. */
  readonly name: string | undefined;
  /** Whether there are selectors at all. */
  readonly isPartial: boolean;
  selects(tenant: Tenant): boolean;
}

/** @throws KubeError BadRequest */
export function readSelection(query: URLSearchParams): Selection {
  const [labelSelector, fieldSelector] = [query.get('labelSelector') ?? '', query.get('fieldSelector') ?? ''];
  const matchesLabels = parseLabelSelector(labelSelector);
  const { name, matches } = parseFieldSelector(fieldSelector);
  return {
    name,
    isPartial: labelSelector !== '' || fieldSelector !== '',
    selects: ({ metadata }) => matches(metadata.name) && matchesLabels(metadata.labels ?? {}),
  };
}

export async function getTenant(context: TenantApiContext, request: LocalRequest, response: ServerResponse, name: string): Promise<void> {
  const view = readView(request, 'object');
  const resourceVersion = request.query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(resourceVersion))
    throw new KubeError('BadRequest', `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}`);
  await refuseFuture(context.store, resourceVersion);
  const tenant = await context.store.get(name);
  if (!tenant) throw notFound(name);
  send(request, response, 200, view.form.mediaType, showTenant(tenant, view, context.now()));
}

export async function listTenants(context: TenantApiContext, request: LocalRequest, response: ServerResponse): Promise<void> {
  const { query } = request;
  const view = readView(request, 'list');
  const { resourceVersion } = checkListOptions('list', query);
  const selection = readSelection(query);
  const token = query.get('continue');
  if (token && resourceVersion !== '' && resourceVersion !== '0') {
    throw new KubeError('BadRequest', 'specifying resource version is not allowed when using continue');
  }
  await refuseFuture(context.store, resourceVersion);
  const isExact = query.get('resourceVersionMatch') === 'Exact';
  if (isExact && resourceVersion === '0') {
    throw invalidOptions('ListOptions', [
      forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    ]);
  }
  const exactly = isExact ? { revision: resourceVersion } : {};
  const page = await readPage(context.store, selection, Number(query.get('limit') ?? 0), token ? decodeContinueToken(token) : exactly);
  send(request, response, 200, view.form.mediaType, showList(page.tenants, page.metadata, view, context.now()));
}

/** "Not older than": what was seen elsewhere must not be in the future here. @throws KubeError Timeout, as the apiserver does after waiting */
export async function refuseFuture(store: TenantStore, resourceVersion: string): Promise<void> {
  if (resourceVersion === '' || resourceVersion === '0') return;
  const { revision } = await store.list({ limit: 1 });
  if (BigInt(resourceVersion) <= BigInt(revision)) return;
  throw new KubeError('Timeout', `Timeout: Too large resource version: ${resourceVersion}, current: ${revision}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** One page, of at most `limit` tenants that are selected; 0 or less: all of them. */
async function readPage(
  store: TenantStore,
  { name, isPartial, selects }: Selection,
  limit: number,
  begin: { readonly revision?: string; readonly after?: string },
): Promise<{ tenants: Tenant[]; metadata: ListMeta }> {
  const tenants: Tenant[] = [];
  let from = begin;
  for (;;) {
    const batch = await store.list({ ...from, ...(name !== undefined && { name }), ...(limit > 0 && { limit: limit - tenants.length }) });
    tenants.push(...batch.tenants.filter(selects));
    const { revision, remaining } = batch;
    const last = batch.tenants.at(-1);
    if (remaining === 0 || last === undefined) return { tenants, metadata: { resourceVersion: revision } };
    from = { revision, after: last.metadata.name };
    if (tenants.length >= limit) {
      const token = encodeContinueToken({ revision, after: last.metadata.name });
      return { tenants, metadata: { resourceVersion: revision, continue: token, ...(!isPartial && { remainingItemCount: remaining }) } };
    }
  }
}

/**
 * Limits on how many cluster-scoped objects of a kind a tenant may have (`count/namespaces` …). Every such creation passes a gateway, whose user exists
 * nowhere else, so it is counted here: what upstream has, and before it what is being created, in the order of etcd's revisions.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeError } from '../errors.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import { prefixOf, toUpstreamName } from '../names/prefix.ts';
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { toUpstreamObjectName } from '../translate/object-name.ts';
import { hasPrefixedNames } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { listByPrefix } from '../upstream/list-by-prefix.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { countKey } from './keys.ts';
import { pendingPrefix, VISIBLE_QUOTA } from './names.ts';
import { ONE, parseQuantity } from './quantity.ts';

/** As long as a request may be on its way after its gateway has died. */
const PENDING_SECONDS = 60;
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

export interface CapsDeps {
  /** May list cluster-scoped kinds. */
  readonly upstream: UpstreamClient;
  readonly keys: KeyStore;
  /** For tenants that do not say otherwise, by key of a quota. */
  readonly defaults: Readonly<Record<string, string | number>>;
}

export interface CappedRequest {
  readonly tenant: Tenant;
  readonly request: ResourceRequest;
  readonly row: ResourceRow;
  readonly contentType: string;
  readonly dryRun: boolean;
}

/**
 * Waits for a place among the tenant's objects of that kind.
 *
 * @returns undefined: the request creates nothing that is limited; otherwise what gives the place back, to be called when the answer is known.
 *   Rejects with KubeError Forbidden, StoreError, UpstreamError
 */
export function holdPlace(deps: CapsDeps, capped: CappedRequest): Promise<() => void> | undefined {
  const limit = limitOf(deps, capped);
  if (limit === undefined || !mayCreate(capped)) return undefined;
  return waitForPlace(deps, capped, limit);
}

/** What is counted, in the tenant's spelling: custom resources have one row for all. */
function countedOf({ request, row }: CappedRequest): { group: string; resource: string } {
  return row.custom ? request : row;
}

function limitOf({ defaults }: CapsDeps, capped: CappedRequest): bigint | undefined {
  const { tenant, row } = capped;
  if (!hasPrefixedNames(row) && row.custom !== 'own') return undefined;
  const { group, resource } = countedOf(capped);
  const key = countKey(group, resource);
  const quantity = tenant.spec?.quota?.hard?.[key] ?? defaults[key];
  const amount = quantity === undefined ? undefined : parseQuantity(quantity);
  return amount === undefined ? undefined : amount / ONE;
}

/** A PUT of these makes what is not there (AllowCreateOnUpdate of their strategies). */
const MADE_BY_PUT: ReadonlySet<string> = new Set(['clusterroles', 'clusterrolebindings', 'runtimeclasses']);

function mayCreate({ request: { verb, resource, subresource }, contentType }: CappedRequest): boolean {
  if (subresource !== undefined) return false;
  return (
    verb === 'create' ||
    (verb === 'update' && MADE_BY_PUT.has(resource)) ||
    (verb === 'patch' && /^application\/apply-patch\+/i.test(contentType))
  );
}

async function waitForPlace(deps: CapsDeps, capped: CappedRequest, limit: bigint): Promise<() => void> {
  const { tenant, row, dryRun } = capped;
  const { name } = capped.request;
  const { group, resource } = countedOf(capped);
  const tenantId = tenant.metadata.name;
  const prefix = pendingPrefix(tenantId, `${resource}.${group}`);
  const held = dryRun ? undefined : await deps.keys.hold(`${prefix}${randomUUID()}`, PENDING_SECONDS);
  const release = () => void held?.release();
  const upstreamName = name && toUpstreamObjectName(row, name, { tenantId });
  const deadline = performance.now() + PATIENCE_MS;
  try {
    for (;;) {
      // What is pending is read first: what has been created meanwhile is counted twice, never not at all.
      const pending = held ? (await deps.keys.list(prefix)).filter((key) => BigInt(key.createRevision) < BigInt(held.createRevision)) : [];
      const names = await (row.custom ? customNames(deps.upstream, capped) : ownNames(deps.upstream, row, tenantId));
      const used = BigInt(names.length);
      if (upstreamName && names.includes(upstreamName)) return release;
      if (used + BigInt(pending.length) < limit) return release;
      if (used >= limit || performance.now() > deadline) throw exceeded(capped, used, limit);
      await delay(PAUSE_MS);
    }
  } catch (thrown) {
    release();
    throw thrown;
  }
}

/** Upstream's names of a tenant's objects of a cluster-scoped kind. Throws UpstreamError. */
export async function ownNames(upstream: UpstreamClient, row: ResourceRow, tenantId: string): Promise<string[]> {
  const prefix = prefixOf(tenantId);
  const path = row.group ? `/apis/${row.group}/${row.versions[0]}/${row.resource}` : `/api/${row.versions[0]}/${row.resource}`;
  if (`${row.resource}.${row.group}` !== DEFINITIONS)
    return (await listByPrefix(upstream, path, prefix)).map(({ metadata }) => metadata.name);
  // A CRD is called `<plural>.<group>`, and it is the group that has the prefix.
  const { items } = await upstream.list(path, { metadataOnly: true });
  return items.map(({ metadata }) => metadata.name).filter((name) => name.slice(name.indexOf('.') + 1).startsWith(prefix));
}

/** Of a cluster-scoped kind that the tenant has defined: all of its group is the tenant's. */
async function customNames(upstream: UpstreamClient, { tenant, request: { group, version, resource } }: CappedRequest): Promise<string[]> {
  try {
    const path = `/apis/${toUpstreamName(tenant.metadata.name, group)}/${version}/${resource}`;
    return (await upstream.list(path, { metadataOnly: true })).items.map(({ metadata }) => metadata.name);
  } catch (thrown) {
    // Not defined: upstream says so itself.
    if (isUpstreamError(thrown, 'NotFound')) return [];
    throw thrown;
  }
}

function exceeded(capped: CappedRequest, used: bigint, limit: bigint): KubeError {
  const { request } = capped;
  const { group, resource } = countedOf(capped);
  const qualified = group ? `${resource}.${group}` : resource;
  const key = countKey(group, resource);
  // What is created by POST is named in the body, which nobody has seen yet.
  const subject = request.name ? `${qualified} ${JSON.stringify(request.name)}` : qualified;
  return new KubeError(
    'Forbidden',
    `${subject} is forbidden: exceeded quota: ${VISIBLE_QUOTA}, requested: ${key}=1, used: ${key}=${used}, limited: ${key}=${limit}`,
    { ...(request.name && { name: request.name }), ...(group && { group }), kind: resource },
  );
}

/** From what a client sent to what is stored: which fields are its own, which the server's. Pure. */
import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../errors.ts';
import { type ObjectMeta, TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { invalidTenant, required } from './invalid.ts';
import { type Manager, ownersAfterUpdate, readManagers, type Writer, writeManagers } from './managed-fields.ts';
import { problemsOfSpec, problemsOfSpecChange } from './validate-spec.ts';
import { problemsOfChange, problemsOfMetadata, problemsOfTenantId } from './validate-tenant.ts';

/** No vowels, and nothing that looks like another: as Kubernetes' own generated names. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A tenant that can be created; `sent` has the form of the schema. Everything that is the server's to say is set, but for the owners.
 * @throws KubeError Invalid, BadRequest
 */
export function prepareCreate(sent: Tenant, now: string): Tenant {
  const {
    uid: _uid,
    generation: _generation,
    deletionTimestamp: _time,
    deletionGracePeriodSeconds: _grace,
    resourceVersion,
    ...metadata
  } = sent.metadata;
  if (resourceVersion) throw new KubeError('BadRequest', 'resourceVersion should not be set on objects to be created');
  const name = metadata.name || (metadata.generateName ? metadata.generateName + randomSuffix() : '');
  if (name === '') throw invalidTenant('', [required('metadata.name', 'name or generateName is required')]);
  const spec = sent.spec ?? {};
  const causes = [...problemsOfTenantId(name), ...problemsOfMetadata(metadata), ...problemsOfSpec(spec)];
  if (causes.length > 0) throw invalidTenant(name, causes);
  return {
    apiVersion: TENANT_API_VERSION,
    kind: 'Tenant',
    metadata: withoutEmpty({ ...metadata, name, uid: randomUUID(), creationTimestamp: now, generation: 1 }),
    spec,
  };
}

/**
 * What `live` becomes; `sent` has the form of the schema. Owners are those that `sent` names, or still those of `live`.
 * @throws KubeError Invalid
 */
export function prepareUpdate(live: Tenant, sent: Tenant, subresource: '' | 'status'): { tenant: Tenant; managers: Manager[] } {
  const tenant = subresource === 'status' ? withStatus(live, sent.status) : withAllButStatus(live, sent);
  const causes = [
    ...problemsOfChange(live, tenant),
    ...problemsOfMetadata(tenant.metadata),
    ...problemsOfSpec(tenant.spec),
    ...problemsOfSpecChange(live.spec ?? {}, tenant.spec),
  ];
  if (causes.length > 0) throw invalidTenant(live.metadata.name, causes);
  const managers = readManagers(sent.metadata.managedFields) ?? readManagers(live.metadata.managedFields) ?? [];
  return { tenant, managers };
}

/** Sets `metadata.managedFields`. */
export function withManagers(tenant: Tenant, managers: readonly Manager[]): Tenant {
  return { ...tenant, metadata: withoutEmpty({ ...tenant.metadata, managedFields: writeManagers(managers) }) };
}

/** The tenant with its owners after an update by `writer`; `old` undefined: a create. */
export function withOwners(old: Tenant | undefined, tenant: Tenant, managers: readonly Manager[], writer: Writer): Tenant {
  return withManagers(tenant, ownersAfterUpdate(old, tenant, managers, writer));
}

function withStatus(live: Tenant, status: Tenant['status']): Tenant {
  const { status: _, ...rest } = live;
  return { ...rest, ...(status && { status }) };
}

function withAllButStatus(live: Tenant, sent: Tenant): Tenant {
  const spec = sent.spec ?? {};
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation = 1, resourceVersion } = live.metadata;
  const metadata = {
    // What a client leaves out of these stays; what it changes is refused later.
    ...withoutUndefined({ uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds }),
    ...sent.metadata,
    generation: isDeepStrictEqual(spec, live.spec) ? generation : generation + 1,
    ...(resourceVersion && { resourceVersion }),
  };
  return {
    apiVersion: TENANT_API_VERSION,
    kind: 'Tenant',
    metadata: withoutEmpty(metadata),
    spec,
    ...(live.status && { status: live.status }),
  };
}

/** Kubernetes does not keep empty maps and lists of the metadata; a namespace a tenant does not have. */
function withoutEmpty(metadata: ObjectMeta & { namespace?: unknown; selfLink?: unknown }): ObjectMeta {
  const { namespace: _namespace, selfLink: _selfLink, ...rest } = metadata;
  const kept = Object.entries(rest).filter(([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined && value !== '')) as unknown as ObjectMeta;
}

function withoutUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

function randomSuffix(): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join('');
}

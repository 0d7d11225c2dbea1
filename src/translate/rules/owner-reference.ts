/** metav1.OwnerReference: the name of an owner that tenants have under a prefixed name. */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { JsonObject } from '../lossless-json.ts';
import { findKind, groupOfApiVersion, hasPrefixedNames } from '../table/index.ts';
import { captureObject, textOf } from './capture-object.ts';

/** None of these says who the owner is. */
const freeMembers = ['uid', 'controller', 'blockOwnerDeletion'];

export const ownerReferenceToUpstream = captureObject(
  (reference, { tenantId }) => withOwner(reference, (owner) => toUpstreamName(tenantId, owner)),
  {
    freeMembers,
  },
);

export const ownerReferenceToTenant = captureObject(
  (reference, { tenantId }) => withOwner(reference, (owner) => toTenantName(tenantId, owner)),
  {
    unlessHolding: 'prefix',
  },
);

function withOwner(reference: JsonObject, translate: (owner: string) => string): JsonObject {
  const owner = textOf(reference, 'name');
  const row = findKind(groupOfApiVersion(textOf(reference, 'apiVersion') ?? ''), textOf(reference, 'kind') ?? '');
  return owner !== undefined && row !== undefined && hasPrefixedNames(row) ? { ...reference, name: translate(owner) } : reference;
}

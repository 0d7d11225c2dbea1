/** metav1.OwnerReference: the name of an owner that tenants have under a prefixed name, the group of one of their own kinds. */
import { findRowOfKind } from '../find-row.ts';
import { toTenantApiVersion, toUpstreamApiVersion } from '../groups.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { groupOfApiVersion } from '../table/index.ts';
import { captureObject, textOf } from './capture-object.ts';

/** None of these says who the owner is. */
const freeMembers = ['uid', 'controller', 'blockOwnerDeletion'];

export const ownerReferenceToUpstream = captureObject(
  (reference, context) => {
    const apiVersion = textOf(reference, 'apiVersion');
    const owner = textOf(reference, 'name');
    const row = findRowOfKind(groupOfApiVersion(apiVersion ?? ''), textOf(reference, 'kind') ?? '', context);
    return {
      ...reference,
      ...(apiVersion !== undefined && { apiVersion: toUpstreamApiVersion(apiVersion, context) }),
      ...(owner !== undefined && row && { name: toUpstreamObjectName(row, owner, context) }),
    };
  },
  { freeMembers },
);

export const ownerReferenceToTenant = captureObject(
  (reference, context) => {
    const upstreamVersion = textOf(reference, 'apiVersion');
    const apiVersion = toTenantApiVersion(upstreamVersion ?? '', context);
    const owner = textOf(reference, 'name');
    const row = findRowOfKind(groupOfApiVersion(apiVersion), textOf(reference, 'kind') ?? '', context);
    return {
      ...reference,
      ...(upstreamVersion !== undefined && { apiVersion }),
      ...(owner !== undefined && row && { name: toTenantObjectName(row, owner, context) }),
    };
  },
  { unlessHolding: 'prefix' },
);

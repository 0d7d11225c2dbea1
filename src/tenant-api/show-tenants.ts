/** Tenants in the form that the client asked for: as they are, as a Table, as PartialObjectMetadata. */
import { KubeError } from '../errors.ts';
import { AS_PARTIAL_LIST, AS_PARTIAL_OBJECT, AS_TABLE, type Negotiated, negotiate } from '../kube/negotiate.ts';
import { buildRow, buildTable, type IncludeObject, toPartialObject } from '../kube/table.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { JSON_TYPE, YAML_TYPE } from './read-body.ts';
import { cellsOf, TENANT_COLUMNS } from './tenant-table.ts';

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** How one client wants to see tenants. */
export interface View {
  readonly form: Negotiated;
  readonly include: IncludeObject;
}

/** @throws KubeError NotAcceptable, BadRequest */
export function readView(request: LocalRequest, of: 'object' | 'list' | 'watch'): View {
  const form = negotiate(request.headers.accept, {
    mediaTypes: of === 'watch' ? [JSON_TYPE] : [JSON_TYPE, YAML_TYPE],
    as: [AS_TABLE, of === 'list' ? AS_PARTIAL_LIST : AS_PARTIAL_OBJECT],
  });
  const include = request.query.get('includeObject') || 'Metadata';
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object') {
    throw new KubeError('BadRequest', `unrecognized includeObject value: ${JSON.stringify(include)}`);
  }
  return { form, include };
}

export function showTenant(tenant: Tenant, { form, include }: View, now: Date): object {
  if (form.as === AS_TABLE) {
    const { resourceVersion } = tenant.metadata;
    return buildTable({ ...(resourceVersion && { resourceVersion }) }, TENANT_COLUMNS, [buildRow(tenant, cellsOf(tenant, now), include)]);
  }
  return form.as === AS_PARTIAL_OBJECT ? toPartialObject(tenant) : tenant;
}

export function showList(tenants: readonly Tenant[], metadata: ListMeta, { form, include }: View, now: Date): object {
  if (form.as === AS_TABLE) {
    return buildTable(
      metadata,
      TENANT_COLUMNS,
      tenants.map((tenant) => buildRow(tenant, cellsOf(tenant, now), include)),
    );
  }
  if (form.as === AS_PARTIAL_LIST) {
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: tenants.map(toPartialObject) };
  }
  return { apiVersion: TENANT_API_VERSION, kind: 'TenantList', metadata, items: tenants };
}

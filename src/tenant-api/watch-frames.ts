import type { KubeError } from '../errors.ts';
import { AS_PARTIAL_OBJECT, AS_TABLE } from '../kube/negotiate.ts';
import { buildRow, buildTable } from '../kube/table.ts';
import type { TenantEvent } from '../tenants/store.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import type { Selection } from './list-tenants.ts';
import type { View } from './show-tenants.ts';
import { cellsOf, TENANT_COLUMNS } from './tenant-table.ts';

type FrameType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** The lines of one watch. Of a Table only the first frame names the columns. */
export class WatchFrames {
  readonly #view: View;
  readonly #now: () => Date;
  #columns: typeof TENANT_COLUMNS | null = TENANT_COLUMNS;

  constructor(view: View, now: () => Date) {
    this.#view = view;
    this.#now = now;
  }

  added(tenant: Tenant): string {
    return this.#tenant('ADDED', tenant);
  }

  /**
   * The frame for a change, or undefined when it is not this client's. To a client with a selector a tenant that comes to
   * match is new, and one that matches no more is deleted; it is shown as it was, at the revision of the change.
   */
  event(event: Exclude<TenantEvent, { type: 'BOOKMARK' }>, { selects }: Selection): string | undefined {
    const { tenant } = event;
    if (event.type !== 'MODIFIED') return selects(tenant) ? this.#tenant(event.type, tenant) : undefined;
    const matched = selects(event.previous);
    if (selects(tenant)) return this.#tenant(matched ? 'MODIFIED' : 'ADDED', tenant);
    if (!matched) return undefined;
    const metadata = { ...event.previous.metadata, resourceVersion: event.revision };
    return this.#tenant('DELETED', { ...event.previous, metadata });
  }

  bookmark(revision: string): string {
    return this.#bookmark({ resourceVersion: revision });
  }

  endOfInitialEvents(revision: string): string {
    return this.#bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' }, resourceVersion: revision });
  }

  error(error: KubeError): string {
    return line('ERROR', error.status());
  }

  #tenant(type: FrameType, tenant: Tenant): string {
    return this.#object(type, tenant, cellsOf(tenant, this.#now()));
  }

  #bookmark(metadata: { resourceVersion: string; annotations?: object }): string {
    const cells = TENANT_COLUMNS.map((column) => (column.format === 'name' ? '' : null));
    const nothing = { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata };
    return this.#object('BOOKMARK', nothing, cells);
  }

  #object(type: FrameType, object: { metadata: { resourceVersion?: string } }, cells: readonly unknown[]): string {
    const { form, include } = this.#view;
    if (form.as === AS_PARTIAL_OBJECT)
      return line(type, { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata });
    if (form.as !== AS_TABLE) return line(type, object);
    const columns = this.#columns;
    this.#columns = null;
    const { resourceVersion } = object.metadata;
    return line(type, buildTable({ ...(resourceVersion && { resourceVersion }) }, columns, [buildRow(object, cells, include)]));
  }
}

function line(type: FrameType, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

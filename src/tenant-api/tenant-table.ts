import { humanAge, type TableColumn } from '../kube/table.ts';
import { MAX_INFLIGHT_ANNOTATION, type Tenant } from '../tenants/tenant.ts';

const column = (name: string, description: string, rest: Partial<TableColumn> = {}): TableColumn => ({
  name,
  type: 'string',
  format: '',
  description,
  priority: 0,
  ...rest,
});

/** What `kubectl get tenants` shows; those of priority 1 with `-o wide`. */
export const TENANT_COLUMNS: readonly TableColumn[] = [
  column('Name', "The tenant's id.", { format: 'name' }),
  column('Status', 'How far the controller is, or that the tenant is suspended.'),
  column('Age', 'Time since the tenant was created.', { type: 'date' }),
  column('Reason', 'Why the tenant is not ready or is suspended, or that it is ready.', { priority: 1 }),
  column('Max In Flight', 'Requests that the tenant may have under way at a time.', { priority: 1 }),
];

/** The cells of one tenant, in the order of the columns. */
export function cellsOf({ metadata, spec, status }: Tenant, now: Date): unknown[] {
  const phase = metadata.deletionTimestamp === undefined ? (status?.phase ?? 'Pending') : 'Terminating';
  // The gateway heeds the spec at once, so that is what counts.
  const suspension = phase === 'Ready' ? spec?.suspension : undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const maxInflight = spec?.limits?.maxRequestsInflight ?? metadata.annotations?.[MAX_INFLIGHT_ANNOTATION];
  const reason = suspension ? [suspension.mode, ...(suspension.reason ? [suspension.reason] : [])].join(': ') : (ready?.reason ?? '');
  return [
    metadata.name,
    suspension ? 'Suspended' : phase,
    humanAge(metadata.creationTimestamp, now),
    reason,
    maxInflight === undefined ? '<none>' : String(maxInflight),
  ];
}

import type { Tenant } from '../tenants/tenant.ts';
import type { Finding } from './conditions.ts';

/** What the tenant's status says of its suspension; nothing for one that never was suspended. `inForce`: upstream refuses its writes. */
export function suspensionFindings({ spec, status }: Tenant, inForce: boolean): Finding[] {
  const { suspension } = spec ?? {};
  if (suspension) {
    const { mode, reason = '' } = suspension;
    if (inForce) return [{ type: 'Suspended', status: 'True', reason: mode, message: reason }];
    return [{ type: 'Suspended', status: 'False', reason: 'Suspending', message: 'the gateway refuses already, upstream not yet' }];
  }
  if (!status?.conditions?.some(({ type }) => type === 'Suspended')) return [];
  if (inForce) return [{ type: 'Suspended', status: 'True', reason: 'Resuming', message: 'upstream refuses still' }];
  return [{ type: 'Suspended', status: 'False', reason: 'Resumed', message: '' }];
}

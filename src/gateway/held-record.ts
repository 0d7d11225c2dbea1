import { randomUUID } from 'node:crypto';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import { exceeded } from '../limits/limit-exceeded.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ExchangeRecord } from './exchange-record.ts';

/**
 * One record for all that Envoy has refused of the same client before this exchange (limits/held.ts), as if the sidecar had: of what they asked
 * for nothing is known, so it is what this one asks for. Undefined: there were none.
 */
export function heldRecordOf(record: ExchangeRecord, limitsOf: (tenant: Tenant) => EffectiveLimits): ExchangeRecord | undefined {
  const { held, caller, seconds: _, ...rest } = record;
  if (!held || !caller?.tenant) return undefined;
  const refusal = exceeded(held.limit, limitsOf(caller.tenant), 0, []);
  return {
    ...rest,
    ...{ caller, auditId: randomUUID(), seconds: 0, route: undefined, code: refusal.code, refusal, end: 'refused' },
    ...{ requestBytes: 0, responseBytes: 0, phases: new Map(), traceId: undefined, count: held.count },
  };
}

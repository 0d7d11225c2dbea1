import type { ExchangeRecord } from '../../../../src/gateway/exchange-record.ts';
import { parseRequest } from '../../../../src/kube/request-info.ts';
import type { TenantIdentity } from '../../../../src/local/local-request.ts';

export const JANE: TenantIdentity = { role: 'tenant', tenantId: 'demo01', user: 'jane', groups: ['team', 'system:authenticated'] };
export const OPERATOR = { role: 'operator', user: 'root', groups: ['kubezoo:operators'] } as const;

/** Of jane's, as an exchange would make it; `target` may be anything. */
export function sampleRecord(method: string, target: string, more: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    auditId: '0ef5420b-3566-4a45-a818-dd64c04015bf',
    startedAt: Date.parse('2026-11-29T20:02:20.591Z'),
    seconds: 0.0123456,
    method,
    target,
    userAgent: 'kubectl/v1.37.2',
    clientAddress: '192.0.2.7',
    caller: { identity: JANE, tenant: undefined },
    impersonated: undefined,
    tenantId: 'demo01',
    request: readOf(method, target),
    verb: 'get',
    route: undefined,
    code: 403,
    refusal: undefined,
    end: 'refused',
    untranslated: undefined,
    requestBytes: 0,
    responseBytes: 0,
    phases: new Map(),
    traceId: undefined,
    ...more,
  };
}

function readOf(method: string, target: string) {
  const [path = '', query] = target.split('?', 2);
  try {
    return parseRequest(method, path, new URLSearchParams(query));
  } catch {
    return undefined;
  }
}

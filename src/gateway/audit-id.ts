import { AUDIT_ID_HEADER } from '../local/local-request.ts';
import type { Decision } from './decision.ts';
import { HeaderChanges } from './headers.ts';

/** Whoever answers the request, upstream or the local API, calls it by this name in its own log, and in the answer. */
export function withAuditId(decision: Decision, auditId: string): Decision {
  const { set_headers: [header] = [] } = new HeaderChanges().set(AUDIT_ID_HEADER, auditId).build();
  const { headers } = decision;
  return { ...decision, headers: { ...headers, set_headers: [...(headers.set_headers ?? []), header!] } };
}

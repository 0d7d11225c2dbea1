/** The blocks `requestLog` and `audit` of the configuration, as the records need them. */
import type { ExchangeRecord } from '../exchange-record.ts';
import type { AuditLevel } from './audit-event.ts';

export type RequestLogMode = 'off' | 'refused' | 'all';

export interface FileSettings {
  readonly path: string;
  readonly maxSizeMiB: number;
  readonly maxFiles: number;
}

export interface RecordSettings {
  readonly requestLog?: (FileSettings & { readonly requests: RequestLogMode }) | undefined;
  readonly audit?: (FileSettings & { readonly level: AuditLevel }) | undefined;
}

/**
 * Whether a record is of use to anybody. How the local API has answered is not known here, so all of its are.
 */
export function isWanted({ refusal, route }: ExchangeRecord, requests: RequestLogMode, isAudited: boolean): boolean {
  if (requests === 'all') return true;
  return (requests === 'refused' || isAudited) && (refusal !== undefined || route === 'local');
}

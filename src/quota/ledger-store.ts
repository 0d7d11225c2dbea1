import type { KeyStore } from '../tenants/etcd-keys.ts';
import { decodeLedger, encodeLedger, type Ledger } from './ledger.ts';
import { ledgerKey } from './names.ts';

export interface KeptLedger {
  readonly ledger: Ledger;
  readonly revision: string;
}

/** @returns undefined: the tenant has no quota (yet). Throws StoreError */
export async function readLedger(keys: KeyStore, tenantId: string): Promise<KeptLedger | undefined> {
  const stored = await keys.get(ledgerKey(tenantId));
  return stored && { ledger: decodeLedger(stored.value), revision: stored.revision };
}

/** @returns false: somebody else has written it since, and nothing is written. Throws StoreError */
export function writeLedger(keys: KeyStore, tenantId: string, ledger: Ledger, revision: string | undefined): Promise<boolean> {
  return keys.put(ledgerKey(tenantId), encodeLedger(ledger), revision);
}

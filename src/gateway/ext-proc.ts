/** One thread's ext_proc server, with the steps' dependencies put together. */
import type { Logger } from 'pino';
import type { CursorSealer } from '../collections/cursor.ts';
import type { Config } from '../config/config.ts';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import { HeldBytes, REQUEST_LIMITS } from '../limits/held-bytes.ts';
import type { Limits } from '../limits/limits.ts';
import { StalledAnswers } from '../limits/stalled-answers.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import type { RefusedRequest } from '../operator-page/refused-request.ts';
import type { QuotaGate } from '../quota/quota-gate.ts';
import type { TenantSnapshot } from '../tenants/snapshot.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { heldRecordOf } from './held-record.ts';
import type { ExchangeMetrics } from './metrics/exchange-metrics.ts';
import { OpenExchanges } from './open-exchanges.ts';
import { refusedRequestOf } from './refused-request-of.ts';
import { type ExtProcServer, startExtProcServer } from './server.ts';
import type { Upstreams } from './upstreams.ts';

export interface ExtProcOptions {
  readonly config: Config;
  readonly socketPath: string;
  /** Ready: what is not in it does not exist. */
  readonly tenants: TenantSnapshot;
  readonly upstreams: Upstreams;
  readonly limits: Limits;
  readonly limitsOf: (tenant: Tenant) => EffectiveLimits;
  readonly quota: Pick<QuotaGate, 'hold'>;
  readonly cursors: CursorSealer;
  readonly bridge: BridgeAddress | undefined;
  readonly metrics: ExchangeMetrics;
  /** For the request log and audit. */
  readonly onRecord: (record: ExchangeRecord) => void;
  readonly log: Logger;
  /** For the operator's page. */
  readonly onRefused: (refused: RefusedRequest) => void;
}

export async function startExtProc(options: ExtProcOptions): Promise<ExtProcServer> {
  const { config, socketPath, tenants, upstreams, limits, limitsOf, quota, cursors, bridge, metrics, log, onRecord, onRefused } = options;
  const openExchanges = new OpenExchanges();
  tenants.onChange((tenantId, tenant) => {
    openExchanges.keepOnly(tenantId, tenant?.metadata.uid);
    if (tenant) openExchanges.cutRefused(tenantId, tenant);
    else metrics.forgetTenant(tenantId);
  });
  const tenantOf = (tenantId: string) => tenants.get(tenantId);
  const server = await startExtProcServer(socketPath, {
    operatorGroup: config.operatorGroup,
    oidc: config.oidc,
    tenantOf,
    reviewToken: upstreams.reviewer(tenantOf),
    upstreamOf: (tenant) => upstreams.of(tenant),
    cursors,
    limits,
    limitsOf,
    quota,
    openExchanges,
    heldBodies: new HeldBytes(REQUEST_LIMITS),
    stalled: new StalledAnswers(),
    bridge,
    onDone(record) {
      metrics.onDone(record);
      for (const one of [heldRecordOf(record, limitsOf), record]) {
        const refused = one && refusedRequestOf(one);
        if (refused) onRefused(refused);
        if (one) onRecord(one);
      }
    },
    onInternalError(error) {
      metrics.onInternalError();
      log.error({ err: error }, 'an exchange failed');
    },
  });
  metrics.showOpen(server.openKinds);
  return server;
}

import type { Logger } from 'pino';
import { type AdmissionBridge, startAdmissionBridge } from '../admission/server.ts';
import type { Config } from '../config/config.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { TenantSnapshot } from '../tenants/snapshot.ts';
import { findRow } from '../translate/find-row.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { openRoomKeeper } from './quota-of-upstreams.ts';
import type { Upstreams } from './upstreams.ts';

/** The server that upstream calls in the place of tenants' webhooks, with what this process knows of tenants and clusters. */
export function startBridge(
  config: Config,
  bridge: BridgeAddress,
  tenants: TenantSnapshot,
  upstreams: Upstreams,
  controllerClients: ReadonlyMap<string, UpstreamClient>,
  keys: KeyStore,
  log: Logger,
): Promise<AdmissionBridge> {
  return startAdmissionBridge({
    ...config.admissionBridge!,
    bridge,
    upstreamOf(tenantId) {
      const { name, shared } = upstreams.of(tenants.get(tenantId)!);
      return { client: controllerClients.get(name)!, shared };
    },
    findRow,
    isActive: (tenantId) => tenants.get(tenantId) !== undefined,
    quota: openRoomKeeper(config, controllerClients, keys, (tenantId) => tenants.get(tenantId)),
    log,
  });
}

/** Quota in several clusters: each tenant's in the one that it lives in. */
import type { Config } from '../config/config.ts';
import { QuotaGate } from '../quota/quota-gate.ts';
import { RoomKeeper } from '../quota/room-keeper.ts';
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';

/** @param clients with the controller's rights, by the name of their cluster */
export function openQuotaGate(config: Config, clients: ReadonlyMap<string, UpstreamClient>, keys: KeyStore): Pick<QuotaGate, 'hold'> {
  const depsOf = (upstream: UpstreamClient) => ({
    ...{ upstream, keys },
    get defaults() {
      return config.defaultCaps;
    },
  });
  const gates = mapOf(clients, (upstream) => new QuotaGate(depsOf(upstream)));
  return { hold: (gated) => gates.get(nameOf(config, gated.tenant))?.hold(gated) };
}

/** @param tenantOf undefined for a tenant that is gone: then nothing is moved for it */
export function openRoomKeeper(
  config: Config,
  clients: ReadonlyMap<string, UpstreamClient>,
  keys: KeyStore,
  tenantOf: (tenantId: string) => Tenant | undefined,
): Pick<RoomKeeper, 'makeRoom'> {
  const keepers = mapOf(clients, (upstream) => new RoomKeeper({ upstream, keys }));
  return {
    async makeRoom(tenantId, ...need) {
      const keeper = keepers.get(nameOf(config, tenantOf(tenantId)));
      return keeper ? await keeper.makeRoom(tenantId, ...need) : { kind: 'room' };
    },
  };
}

function nameOf(config: Config, tenant: Tenant | undefined): string {
  return tenant?.spec?.upstream ?? config.upstreamName;
}

function mapOf<T>(clients: ReadonlyMap<string, UpstreamClient>, open: (upstream: UpstreamClient) => T): ReadonlyMap<string, T> {
  return new Map([...clients].map(([name, client]) => [name, open(client)]));
}

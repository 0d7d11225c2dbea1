import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import type { Division } from '../limits/divisions.ts';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import type { Limits } from '../limits/limits.ts';
import { Replicas } from '../limits/replicas/replicas.ts';
import { connectEtcd } from '../tenants/etcd-client.ts';

/** How soon a tenant of whose limit there is nothing here is asked for. */
const WISH_MS = 250;

/** From now on the limits are divided among the replicas that there are. `close` gives this one's part back. */
export function joinReplicas(
  config: Pick<Config, 'etcdEndpoints' | 'etcd' | 'etcdPrefix' | 'extProcSocket' | 'replica'>,
  limits: Limits,
  /** Undefined for a tenant that is gone. */
  limitsOf: (tenantId: string) => EffectiveLimits | undefined,
  onTrouble: (cause: unknown) => void,
): Pick<Replicas, 'ready' | 'trouble' | 'close'> {
  const client = connectEtcd(config.etcdEndpoints, config.etcd);
  const fits = createFits(limits, limitsOf);
  const replicas = new Replicas({
    client,
    prefix: config.etcdPrefix,
    name: config.replica?.name ?? nameOf(config.extProcSocket),
    leaseSeconds: config.replica?.leaseSeconds ?? 5,
    handOverMs: (config.replica?.handOverSeconds ?? 5) * 1000,
    onDivisions: (divisions) => limits.setDivisions(divisions),
    fits,
    onTrouble,
  });
  const wishes = setInterval(() => limits.takeWish() && replicas.askTurn(), WISH_MS).unref();
  return {
    ready: replicas.ready,
    get trouble() {
      return replicas.trouble;
    },
    close: async () => {
      clearInterval(wishes);
      await replicas.close();
      client.close();
    },
  };
}

/** Two sidecars cannot listen on one socket, so on one host this is one sidecar's, before and after a restart. */
function nameOf(extProcSocket: string): string {
  const socket = createHash('sha256').update(extProcSocket).digest('hex').slice(0, 8);
  return `${hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 80)}-${socket}`;
}

function createFits(limits: Limits, limitsOf: (tenantId: string) => EffectiveLimits | undefined): (division: Division) => boolean {
  let asked: Division | undefined;
  let busy = new Set<number>();
  return (division) => {
    if (asked?.count !== division.count || asked.index !== division.index) {
      asked = division;
      busy = new Set(limits.busyColumns());
    }
    // A thread may have read the old division and be about to count by it: each has to be seen at rest once.
    busy = new Set(limits.busyColumns().filter((column) => busy.has(column)));
    if (busy.size > 0) return false;
    return limits.uses().every(({ tenantId }) => {
      const effective = limitsOf(tenantId);
      return !effective || limits.fits(tenantId, effective, division);
    });
  };
}

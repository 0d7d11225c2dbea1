import { CursorSealer } from '../../../../src/collections/cursor.ts';
import type { ExchangeDeps } from '../../../../src/gateway/exchange.ts';
import { type ExtProcServer, startExtProcServer } from '../../../../src/gateway/server.ts';
import { createLimitsOf } from '../../../../src/limits/effective-limits.ts';
import { HeldBytes, REQUEST_LIMITS } from '../../../../src/limits/held-bytes.ts';
import { createLimits } from '../../../../src/limits/limits.ts';
import type { Tenant } from '../../../../src/tenants/tenant.ts';

/** The product's ext_proc server, for which there is every tenant and no ServiceAccount. */
export function startSidecar(socketPath: string, more: Partial<ExchangeDeps> = {}): Promise<ExtProcServer> {
  return startExtProcServer(socketPath, {
    operatorGroup: 'kubezoo:operators',
    tenantOf: (id) => ({ metadata: { name: id, creationTimestamp: '2026-01-01T00:00:00Z' } }) as Tenant,
    reviewToken: async () => undefined,
    upstreamOf: () => ({ checkAccess: async () => ({ allowed: false }), bearerToken: () => undefined }),
    cursors: new CursorSealer(Buffer.alloc(32)),
    limits: createLimits(),
    limitsOf: createLimitsOf(),
    onInternalError: () => {},
    onDone: () => {},
    heldBodies: new HeldBytes(REQUEST_LIMITS),
    ...more,
  });
}

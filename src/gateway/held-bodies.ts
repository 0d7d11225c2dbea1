import { KubeError } from '../errors.ts';

/** Of one tenant's request bodies, in bytes: twenty of the largest. */
const MOST = 64 * 1024 * 1024;

/** How much of tenants' request bodies is held in this thread: a tenant that ends none of hundreds must not take its memory from all others. */
export class HeldBodies {
  readonly #bytes = new Map<string, number>();

  /** @throws KubeError TooManyRequests when the tenant holds too much already */
  take(tenantId: string, bytes: number): void {
    const held = (this.#bytes.get(tenantId) ?? 0) + bytes;
    if (held > MOST) {
      throw new KubeError('TooManyRequests', `more than ${MOST / 1024 / 1024} MiB of request bodies are under way, please try again`, {
        retryAfterSeconds: 1,
      });
    }
    this.#bytes.set(tenantId, held);
  }

  give(tenantId: string, bytes: number): void {
    const left = (this.#bytes.get(tenantId) ?? 0) - bytes;
    if (left > 0) this.#bytes.set(tenantId, left);
    else this.#bytes.delete(tenantId);
  }
}

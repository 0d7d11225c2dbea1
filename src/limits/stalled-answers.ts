/**
 * Answers whose client takes nothing for now. Upstream counts a request against what it does at once for as long as its answer has not been
 * taken (priority and fairness: a long list weighs as much as ten requests), so a few dozen clients that do not read would leave nothing
 * for anybody else, in any tenant. See docs/decisions/0051.
 */

interface StalledAnswer {
  /** By performance.now(). */
  readonly since: number;
  readonly cut: () => void;
}

export interface StallLimits {
  /** How many of a tenant's may wait for their clients. */
  readonly most: number;
  /** How long each may, whatever their number, in ms: slow is not the same as still. */
  readonly graceMs: number;
}

const LIMITS: StallLimits = { most: 8, graceMs: 5_000 };
/** Each may have four of upstream's under way (collections/list/list-namespaces.ts). */
export const COLLECTION_LIMITS: StallLimits = { ...LIMITS, most: 4 };

export class StalledAnswers {
  readonly #limits: StallLimits;
  /** By tenant, the one first that has waited longest. */
  readonly #byTenant = new Map<string, Set<StalledAnswer>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #onCut: () => void;

  constructor(limits: StallLimits = LIMITS, onCut: () => void = () => {}) {
    this.#limits = limits;
    this.#onCut = onCut;
  }

  /**
   * The client takes nothing. Returns what says that it does again, or that the answer is over.
   * @param cut ends the answer so that it does not look whole; called once at most
   */
  begin(tenantId: string, cut: () => void): () => void {
    const stalled = this.#byTenant.get(tenantId) ?? new Set();
    if (stalled.size === 0) this.#byTenant.set(tenantId, stalled);
    const answer = { since: performance.now(), cut };
    stalled.add(answer);
    if (stalled.size > this.#limits.most) this.#look(tenantId);
    return () => this.#remove(tenantId, answer);
  }

  /** Looks again when the next may have waited too long. */
  #look(tenantId: string): void {
    if (this.#timers.has(tenantId)) return;
    const [first] = this.#byTenant.get(tenantId) ?? [];
    if (!first) return;
    const dueMs = Math.max(0, first.since + this.#limits.graceMs - performance.now());
    const timer = setTimeout(() => {
      this.#timers.delete(tenantId);
      // If this process was busy, what clients have taken meanwhile is to be heard first.
      setImmediate(() => this.#cutOldest(tenantId));
    }, dueMs);
    this.#timers.set(tenantId, timer.unref());
  }

  #cutOldest(tenantId: string): void {
    const stalled = this.#byTenant.get(tenantId);
    if (!stalled) return;
    const dueAt = performance.now() - this.#limits.graceMs;
    for (const answer of [...stalled]) {
      if (stalled.size <= this.#limits.most) return;
      if (answer.since > dueAt) break;
      this.#remove(tenantId, answer);
      answer.cut();
      this.#onCut();
    }
    if (stalled.size > this.#limits.most) this.#look(tenantId);
  }

  #remove(tenantId: string, answer: StalledAnswer): void {
    const stalled = this.#byTenant.get(tenantId);
    if (!stalled?.delete(answer) || stalled.size > 0) return;
    this.#byTenant.delete(tenantId);
    clearTimeout(this.#timers.get(tenantId));
    this.#timers.delete(tenantId);
  }
}

/** The threads' numbers, in such a way that no counter goes down when one of them is busy or has died. */
import { AggregatorRegistry } from 'prom-client';
import type { ThreadMetrics } from './messages.ts';

export class ThreadNumbers {
  readonly #last = new Map<number, ThreadMetrics>();
  /** What threads had counted that are no more, put together. */
  #retired: ThreadMetrics = [];

  /** @param metrics undefined: the thread has no time to say; its last word stands */
  heard(index: number, metrics: ThreadMetrics | undefined): void {
    if (metrics) this.#last.set(index, metrics);
  }

  /** The thread has died; another takes its place, and counts from 0. */
  async retire(index: number): Promise<void> {
    const metrics = this.#last.get(index);
    if (!metrics) return;
    this.#last.delete(index);
    // What was under way is not any more.
    const counted = metrics.filter(({ type }) => String(type) === 'counter' || String(type) === 'histogram');
    const both = AggregatorRegistry.aggregate([this.#retired, counted]);
    this.#retired = (await both.getMetricsAsJSON()) as ThreadMetrics;
  }

  /** One for each thread, and one for those that are no more. */
  get all(): ThreadMetrics[] {
    return [...this.#last.values(), this.#retired];
  }
}

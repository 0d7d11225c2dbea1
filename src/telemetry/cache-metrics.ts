/** How often a cache had the answer, counted from outside of it: by who asks it, and by whom it has to ask. */
import { Counter, type Registry } from 'prom-client';

export type CacheName = 'token_reviews' | 'access_reviews' | 'upstream_documents';

export interface CacheCounts {
  onLookup(): void;
  /** The answer had to be got from upstream, or to be checked there. */
  onMiss(): void;
}

export type CacheMetrics = Readonly<Record<CacheName, CacheCounts>>;

const NOT_COUNTED: CacheCounts = { onLookup() {}, onMiss() {} };
export const NO_CACHE_METRICS: CacheMetrics = {
  token_reviews: NOT_COUNTED,
  access_reviews: NOT_COUNTED,
  upstream_documents: NOT_COUNTED,
};

export function createCacheMetrics(registry: Registry): CacheMetrics {
  const options = { labelNames: ['cache'] as const, registers: [registry] };
  const lookups = new Counter({
    ...options,
    name: 'kubezoo_cache_lookups_total',
    help: 'Questions to what is kept of upstream’s answers',
  });
  const misses = new Counter({
    ...options,
    name: 'kubezoo_cache_misses_total',
    help: 'Of these, those for which upstream had to be asked',
  });
  const countsOf = (cache: CacheName): CacheCounts => {
    // So that there is a series before anything is asked.
    lookups.inc({ cache }, 0);
    misses.inc({ cache }, 0);
    return { onLookup: () => lookups.inc({ cache }), onMiss: () => misses.inc({ cache }) };
  };
  return {
    token_reviews: countsOf('token_reviews'),
    access_reviews: countsOf('access_reviews'),
    upstream_documents: countsOf('upstream_documents'),
  };
}

/** The same function, counted by whoever calls it. */
export function counted<A extends readonly unknown[], R>(onCall: () => void, call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    onCall();
    return call(...args);
  };
}

import type { PlanContext } from './engine/plan.ts';

/** What the rules know of an exchange beyond what the engine needs. */
export interface TranslateContext extends PlanContext {
  /** The namespace in the request's path, in the tenant's spelling; undefined for cluster-scoped requests and for all namespaces. */
  readonly requestNamespace?: string | undefined;
}

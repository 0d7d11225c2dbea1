import type { Observer } from '../observation.ts';

/**
 * `missed`: it happened and was not told. `doubled`: told twice. `order`: told behind something later. `foreign`: another's.
 * `untrue`: told, and it did not happen so. `unverifiable`: the record does not reach there. `late`: the end was never told.
 */
export type ProblemKind = 'missed' | 'doubled' | 'order' | 'foreign' | 'untrue' | 'unverifiable' | 'late';

export interface Problem {
  readonly kind: ProblemKind;
  readonly text: string;
}

export function nameOf({ tenantId, client, resource }: Observer): string {
  return `${tenantId}, ${client}, ${resource}`;
}

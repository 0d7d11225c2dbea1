import type { Difference } from '../step.ts';

/** Upstream's admin sees all tenants and the platform itself; a tenant sees its own. */
export const OTHERS: Difference = {
  on: 'direct',
  drop: /\bqxz[a-z]{2}\d-/,
  reason: 'direct sees the tenants, too',
};

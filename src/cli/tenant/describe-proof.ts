import type { Tenant } from '../../tenants/tenant.ts';

/** What was removed, kind by kind, and what the last look found: nothing. `last`: the Tenant as it was in the end. */
export function describeProof(id: string, last: Tenant | undefined): string {
  const { found = {}, finalizersCleared = 0, proof } = last?.status?.removal ?? {};
  if (!proof) return `${id} is gone; how far it was cleaned up could not be seen\n`;
  const kinds = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const width = String(Math.max(0, ...kinds.map(([, count]) => count))).length;
  return [
    `removed ${total} objects of ${kinds.length} kinds:`,
    ...kinds.map(([kind, count]) => `  ${String(count).padStart(width)} ${kind}`),
    ...(finalizersCleared > 0 ? [`${finalizersCleared} finalizers were taken off because nobody did`] : []),
    `${proof.time}: all ${proof.kinds} kinds that upstream serves, and etcd, were looked through: nothing of ${id} is left`,
    `the id ${id} is free`,
    '',
  ].join('\n');
}

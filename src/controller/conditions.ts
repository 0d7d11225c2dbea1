import type { Tenant, TenantCondition } from '../tenants/tenant.ts';

export type ConditionType = 'NamespacesReady' | 'AccessReady' | 'CredentialsReady' | 'CleanedUp' | 'Suspended' | 'Ready';
export type Phase = 'Pending' | 'Ready' | 'Terminating';

/** What is now true of a condition. The message is for people. */
export interface Finding {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/**
 * The tenant with these findings in its status, others being left; the very same object when they change nothing.
 * The time of transition is that of the last change of `status`, as in Kubernetes.
 */
export function withFindings(tenant: Tenant, phase: Phase, findings: readonly Finding[], now: Date): Tenant {
  const { generation } = tenant.metadata;
  const before = tenant.status?.conditions ?? [];
  const conditions = [...before];
  for (const finding of findings) {
    const index = conditions.findIndex(({ type }) => type === finding.type);
    const old = conditions[index];
    if (old && isSame(old, finding, generation)) continue;
    const transition = old?.status === finding.status ? old.lastTransitionTime : now.toISOString().replace(/\.\d+/, '');
    const updated = { ...finding, lastTransitionTime: transition, ...(generation !== undefined && { observedGeneration: generation }) };
    if (old) conditions[index] = updated;
    else conditions.push(updated);
  }
  const changed =
    tenant.status?.phase !== phase ||
    tenant.status.observedGeneration !== generation ||
    conditions.length !== before.length ||
    conditions.some((condition, index) => condition !== before[index]);
  if (!changed) return tenant;
  return {
    ...tenant,
    status: { ...tenant.status, phase, conditions, ...(generation !== undefined && { observedGeneration: generation }) },
  };
}

function isSame(old: TenantCondition, { status, reason, message }: Finding, generation: number | undefined): boolean {
  return old.status === status && old.reason === reason && old.message === message && old.observedGeneration === generation;
}

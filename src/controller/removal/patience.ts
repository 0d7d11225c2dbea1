import { FINALIZER_GRACE_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';

/** How long what stays is waited for. Times are of the epoch, in milliseconds. */
export interface Patience {
  /** From here on what stays is pressed: finalizers that somebody set are taken off. */
  readonly until: number;
  readonly isOver: boolean;
  /** Twice as long: Kubernetes' own finalizers get their chance first, and pods the time to end that they asked for. */
  readonly isOverForKubernetes: boolean;
  /** Whether a pod that has this deletionTimestamp is ended by force. */
  endsPod(deletionTimestamp: string): boolean;
}

/** @param defaultSeconds what the configuration says; an annotation of the Tenant's goes before it */
export function patienceWith({ metadata, status }: Tenant, defaultSeconds: number, now = Date.now()): Patience {
  const annotated = metadata.annotations?.[FINALIZER_GRACE_ANNOTATION];
  const graceMs = 1000 * (annotated !== undefined && /^\d{1,6}$/.test(annotated) ? Number(annotated) : defaultSeconds);
  // Not since the deletion: the controller may have been away, and nobody has had a chance yet.
  const since = Date.parse(status?.removal?.startedAt ?? '') || now;
  const until = since + graceMs;
  return {
    until,
    isOver: now >= until,
    isOverForKubernetes: now >= since + 2 * graceMs,
    // A pod's deletionTimestamp lies in the future by the time that it may take.
    endsPod: (deletionTimestamp) => now >= until && now >= Math.min(Date.parse(deletionTimestamp), since + 2 * graceMs),
  };
}

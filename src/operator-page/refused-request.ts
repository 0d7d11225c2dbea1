/** A request that the gateway did not let through, or several of one kind that came at once. Plain data: it travels between threads. */
export interface RefusedRequest {
  /** Milliseconds of the epoch: of the first, and of the last. */
  readonly at: number;
  readonly lastAt: number;
  /** How many. */
  readonly count: number;
  /** Undefined: nobody knows whose it was, or the operator's. */
  readonly tenantId?: string | undefined;
  readonly user?: string | undefined;
  /** Kubernetes' verb; the HTTP method, where the path is none of a resource. Of several, the last one's, as what follows. */
  readonly verb: string;
  /** `pods/log -n web web-0`, or a path. */
  readonly resource: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly userAgent?: string | undefined;
  readonly clientAddress?: string | undefined;
  /** Of the last one that was sampled. */
  readonly traceId?: string | undefined;
}

/** Refusals of one kind are one row: 429 within a minute, as of a flood it is enough to know whose it is; others within a second, and only the same. */
export function kindOf({ at, tenantId, user, verb, resource, code, reason, message, clientAddress }: RefusedRequest): string {
  if (code === 429) return JSON.stringify([Math.floor(at / 60_000), code, tenantId, reason]);
  const second = Math.floor(at / 1000);
  return JSON.stringify([second, code, tenantId, reason, user, verb, resource, message, tenantId === undefined && clientAddress]);
}

/** One row of two: `later` came after `earlier`. */
export function sumOf(earlier: RefusedRequest, later: RefusedRequest): RefusedRequest {
  return {
    ...later,
    at: earlier.at,
    count: earlier.count + later.count,
    traceId: later.traceId ?? earlier.traceId,
  };
}

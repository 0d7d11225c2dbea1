/** A request as an event of audit.k8s.io/v1, for tools that read upstream's audit log. Pure. */
import type { StatusDetails } from '../../errors.ts';
import type { SeenObject, SeenRefusal, SeenRequest, SeenUser } from './seen-request.ts';

export type AuditLevel = 'Metadata' | 'Request';

/** k8s.io/apiserver/pkg/apis/audit/v1, `Event`, as far as it is used here. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: 'ResponseComplete';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: Partial<SeenUser>;
  readonly impersonatedUser?: SeenUser;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: Partial<SeenObject>;
  readonly responseStatus?: {
    readonly metadata: Record<string, never>;
    readonly status?: 'Failure';
    readonly message?: string;
    readonly reason?: string;
    readonly details?: StatusDetails;
    readonly code: number;
  };
  readonly requestObject?: unknown;
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const TENANT_ANNOTATION = 'kubezoo.io/tenant';
/** How many requests the event stands for, where it is more than one: from `requestReceivedTimestamp` to `stageTimestamp`. */
export const COUNT_ANNOTATION = 'kubezoo.io/count';

/** @param requestObject what was sent, without secrets: makes it level Request */
export function auditEvent(seen: SeenRequest, requestObject?: unknown): AuditEvent {
  const { refusal, code, tenantId, user, impersonated, clientAddress, userAgent, object } = seen;
  const annotations = {
    ...authorizationOf(seen),
    ...(tenantId !== undefined && { [TENANT_ANNOTATION]: tenantId }),
  };
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: requestObject === undefined ? 'Metadata' : 'Request',
    auditID: seen.auditId,
    stage: 'ResponseComplete',
    requestURI: seen.requestUri ?? '',
    verb: seen.verb,
    user: user ?? {},
    ...(impersonated && { impersonatedUser: impersonated }),
    ...(clientAddress !== undefined && { sourceIPs: [clientAddress] }),
    ...(userAgent !== undefined && { userAgent }),
    ...(object && { objectRef: object }),
    ...(refusal ? { responseStatus: statusOf(refusal) } : code > 0 && { responseStatus: { metadata: {}, code } }),
    ...(requestObject !== undefined && { requestObject }),
    requestReceivedTimestamp: microTime(seen.startedAt),
    stageTimestamp: microTime(seen.startedAt + seen.seconds * 1000),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

function statusOf({ message, reason, details, code }: SeenRefusal): AuditEvent['responseStatus'] {
  return { metadata: {}, status: 'Failure', message, reason, ...(details && { details }), code };
}

/** As upstream's authorizer notes it: `forbid` for a 403; what was let in says why. */
function authorizationOf({ refusal, isOperator, user }: SeenRequest): Record<string, string> {
  const decision = 'authorization.k8s.io/decision';
  const reason = 'authorization.k8s.io/reason';
  if (refusal?.reason === 'Forbidden') return { [decision]: 'forbid', [reason]: `kubezoo: ${refusal.message}` };
  if (isOperator && user && refusal?.reason !== 'Unauthorized') {
    return { [decision]: 'allow', [reason]: "kubezoo: the platform's operator" };
  }
  return {};
}

/** One event in the place of many that are alike. @param last of them */
export function summedEvent(first: AuditEvent, last: AuditEvent, count: number): AuditEvent {
  const { requestReceivedTimestamp } = first;
  return { ...last, requestReceivedTimestamp, annotations: { ...last.annotations, [COUNT_ANNOTATION]: String(count) } };
}

/** metav1.MicroTime. @param ms of the epoch, with fractions */
function microTime(ms: number): string {
  const microseconds = Math.floor((ms % 1) * 1000);
  return new Date(ms).toISOString().replace(/Z$/, `${String(microseconds).padStart(3, '0')}Z`);
}

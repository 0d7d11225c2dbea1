/**
 * The errors a client may see. Each becomes a Kubernetes `Status`; anything else that is thrown is logged with its
 * cause and shown as InternalError. Codes and reasons are those of k8s.io/apimachinery/pkg/api/errors.
 */
const TABLE = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type Reason = keyof typeof TABLE;

export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status of a failure. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: Reason;
  details?: StatusDetails;
  code: number;
}

export class KubeError extends Error {
  readonly reason: Reason;
  readonly details: StatusDetails | undefined;

  constructor(reason: Reason, message: string, details?: StatusDetails, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.details = details;
  }

  get code(): number {
    return TABLE[this.reason];
  }

  status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** In upstream's words, for a path that has no such method. */
export function methodNotAllowed(): KubeError {
  return new KubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** What to tell a client of anything that was thrown; the true cause belongs into the log, never on the wire. */
export function toKubeError(thrown: unknown): KubeError {
  return thrown instanceof KubeError ? thrown : new KubeError('InternalError', 'Internal error occurred', undefined, { cause: thrown });
}

/** Of these the message may hold parts of a body or of a query, quoted or not; and 500s have causes. */
export function mayQuote(reason: string): boolean {
  return reason === 'BadRequest' || reason === 'Invalid' || reason === 'InternalError';
}

/** What stands before the first that may be quoted. */
export function unquoted(message: string): string {
  const end = message.search(/[:"'`(\n[]/);
  return end < 0 ? message : `${message.slice(0, end)}…`;
}

/** What others than its client may see of an error's message (traces, the operator's page): nothing that the client has sent in a body or a query. */
export function messageForOthers(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof KubeError && mayQuote(thrown.reason) ? unquoted(message) : message;
}

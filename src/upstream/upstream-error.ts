/** What an upstream call can end with, beside an answer. Its text holds upstream names: log it, never send it to a tenant. */

interface StatusBody {
  kind?: unknown;
  message?: unknown;
  reason?: unknown;
  details?: unknown;
}

/** `code` is the HTTP status; 503 with reason `Unreachable` and 504 with `Timeout` are ours, when no answer came. */
export class UpstreamError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: unknown;

  constructor(code: number, reason: string, message: string, options?: ErrorOptions & { details?: unknown }) {
    super(message, options);
    this.name = 'UpstreamError';
    this.code = code;
    this.reason = reason;
    this.details = options?.details;
  }
}

/** Reasons of answers that are no Status: a path that nobody serves, a proxy in between. */
const PLAIN_REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  410: 'Gone',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** From an answer's body: a metav1.Status as a rule, any text from a proxy in between. */
export function upstreamErrorFrom(code: number, body: Buffer): UpstreamError {
  const text = body.toString('utf8');
  const status = parseStatus(text);
  if (!status) return new UpstreamError(code, PLAIN_REASONS[code] ?? '', text.trim().slice(0, 500) || `upstream answered ${code}`);
  return upstreamErrorOfStatus(status, code);
}

/** From a Status object, such as a watch's ERROR event. */
export function upstreamErrorOfStatus(status: object, fallbackCode = 500): UpstreamError {
  const { message, reason, details } = status as StatusBody;
  const code = (status as { code?: unknown }).code;
  return new UpstreamError(
    typeof code === 'number' ? code : fallbackCode,
    typeof reason === 'string' ? reason : '',
    typeof message === 'string' && message ? message : `upstream answered ${fallbackCode}`,
    { details },
  );
}

export function isUpstreamError(thrown: unknown, ...reasons: string[]): thrown is UpstreamError {
  return thrown instanceof UpstreamError && (reasons.length === 0 || reasons.includes(thrown.reason));
}

function parseStatus(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && (parsed as StatusBody).kind === 'Status' ? parsed : undefined;
  } catch {
    // Not JSON after all: the caller shows the text.
    return undefined;
  }
}

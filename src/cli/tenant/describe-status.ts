import type { Status } from '../../errors.ts';

/** A failure in kubectl's words, from the answer's body: a Status, mostly. */
export function describeStatus(httpStatus: number, body: string): string {
  const status = parseStatus(body);
  if (!status) return `Error from server: ${body.trim() || `HTTP ${httpStatus}`}`;
  const { reason, details, message } = status;
  if (reason === 'Invalid' && details?.causes?.length) {
    const causes = details.causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message}` : cause.message));
    const subject = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid:`;
    return causes.length === 1 ? `${subject} ${causes[0]}` : [subject, ...causes.map((cause) => `* ${cause}`)].join('\n');
  }
  return reason ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`;
}

function parseStatus(body: string): Partial<Status> | undefined {
  try {
    const parsed = JSON.parse(body) as Partial<Status>;
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    // Envoy's own answers are plain text.
    return undefined;
  }
}

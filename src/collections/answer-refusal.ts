import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { JSON_TYPE, negotiate, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { sendBytes, sendJson } from '../local/answer.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { responsePlan, responseTree } from '../translate/compile.ts';
import { rewriteJson } from '../translate/engine/json-rewriter.ts';
import { encodeObject } from '../translate/protobuf/encode-object.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import { rewriteProtobuf } from '../translate/protobuf/protobuf-rewriter.ts';
import { plainTextToTenant, warningToTenant } from '../translate/response-text.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import type { UpstreamRefusal } from './ask-upstream.ts';
import type { Collection } from './collection.ts';
import { ExpiredCursorError } from './cursor.ts';

/** What upstream answered in the place of a list or a watch, in the tenant's names. @throws Error for a body that cannot be read */
export function sendRefusal(response: ServerResponse, { row, context }: Collection, { status, headers, body }: UpstreamRefusal): void {
  const mediaType = String(headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim();
  const retryAfter = headers['retry-after'];
  const shown =
    mediaType === JSON_TYPE
      ? rewriteJson(responsePlan(row), context, body)
      : mediaType === PROTOBUF_TYPE
        ? rewriteProtobuf(responseTree(row), context, body)
        : Buffer.from(plainTextToTenant(context.tenantId, body.toString('utf8')));
  sendWarnings(response, context.tenantId, headers.warning === undefined ? [] : [String(headers.warning)]);
  sendBytes(response, status, shown, {
    'content-type': String(headers['content-type'] ?? 'text/plain; charset=utf-8'),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
}

/** The gateway's own error, in the form that the client asked for. */
export function sendError(request: LocalRequest, response: ServerResponse, { row }: Collection, error: KubeError): void {
  const next = error instanceof ExpiredCursorError ? error.next : undefined;
  const retryAfter = error.details?.retryAfterSeconds;
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  if (prefersProtobuf(request, row)) {
    // As Go writes a ListMeta.
    const metadata = { selfLink: '', resourceVersion: '', continue: next ?? '' };
    sendBytes(response, error.code, encodeObject({ ...error.status(), metadata }), { 'content-type': PROTOBUF_TYPE });
  } else sendJson(request, response, error.code, { ...error.status(), metadata: next === undefined ? {} : { continue: next } });
}

/** As upstream writes a Status: never as another kind, so what is asked for `as` one is passed over; where nothing is left, in JSON. */
function prefersProtobuf({ headers }: LocalRequest, row: ResourceRow): boolean {
  if (!hasProtobuf(row)) return false;
  try {
    return negotiate(headers.accept, { mediaTypes: [JSON_TYPE, PROTOBUF_TYPE], as: [] }).mediaType === PROTOBUF_TYPE;
  } catch (error) {
    if (error instanceof KubeError) return false;
    throw error;
  }
}

/** Upstream's warnings, such as those about old versions of an API. */
export function sendWarnings(response: ServerResponse, tenantId: string, warnings: readonly string[] | undefined): void {
  if (!warnings || warnings.length === 0 || response.headersSent) return;
  response.setHeader(
    'warning',
    warnings.map((warning) => warningToTenant(tenantId, warning)),
  );
}

import type { ServerResponse } from 'node:http';
import { JSON_TYPE, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { sendBytes } from '../local/answer.ts';
import { responsePlan, responseTree } from '../translate/compile.ts';
import { rewriteJson } from '../translate/engine/json-rewriter.ts';
import { rewriteProtobuf } from '../translate/protobuf/protobuf-rewriter.ts';
import { plainTextToTenant, warningToTenant } from '../translate/response-text.ts';
import type { UpstreamRefusal } from './ask-upstream.ts';
import type { Collection } from './collection.ts';

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

/** Upstream's warnings, such as those about old versions of an API. */
export function sendWarnings(response: ServerResponse, tenantId: string, warnings: readonly string[] | undefined): void {
  if (!warnings || warnings.length === 0 || response.headersSent) return;
  response.setHeader(
    'warning',
    warnings.map((warning) => warningToTenant(tenantId, warning)),
  );
}

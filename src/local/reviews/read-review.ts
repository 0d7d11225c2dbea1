import { KubeError } from '../../errors.ts';
import { AUTHENTICATED_GROUP, toUpstreamIdentity, UNAUTHENTICATED_GROUP } from '../../names/identity.ts';
import type { TranslateContext } from '../../translate/context.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../../translate/lossless-json.ts';
import { decodeMessage } from '../../translate/protobuf/decode-message.ts';
import { readHeader, startsWithMagic } from '../../translate/protobuf/envelope.ts';
import { messageTypeOf } from '../../translate/protobuf/wire-schema.ts';
import { translateRequestBody } from '../../translate/request-body.ts';
import type { ResourceRow } from '../../translate/table/row.ts';
import type { LocalRequest } from '../local-request.ts';

/**
 * The question as upstream gets it, in JSON, whether it came as JSON, YAML or protobuf.
 *
 * @throws KubeError as translateRequestBody
 */
export async function readReview(row: ResourceRow, request: LocalRequest, context: TranslateContext): Promise<Buffer> {
  if (request.headers['content-encoding']) throw new KubeError('UnsupportedMediaType', 'a compressed body is not supported');
  const contentType = String(request.headers['content-type'] ?? '');
  const { body } = translateRequestBody({ row, verb: 'create', contentType, body: await request.body(), context });
  const json = startsWithMagic(body, 0, body.length) ? jsonOf(body) : body;
  return row.kind.endsWith('SubjectAccessReview') ? asEverybody(json, context.tenantId) : json;
}

/** Of an envelope that was read before. */
function jsonOf(envelope: Buffer): Buffer {
  const { apiVersion, kind, rawStart, rawLength } = readHeader(envelope, 0, envelope.length)!;
  const message = decodeMessage(messageTypeOf(apiVersion, kind)!, envelope.subarray(rawStart, rawStart + rawLength));
  return Buffer.from(printLossless({ kind, apiVersion, ...message }));
}

/** Whoever is authenticated in the tenant, or is not, has what the cluster grants to all who are so (see impersonationOf). */
function asEverybody(body: Buffer, tenantId: string): Buffer {
  const review = body.length > 0 ? (parseLossless(body.toString('utf8')) as JsonObject) : undefined;
  const spec = review?.spec;
  if (!isJsonObject(spec) || !Array.isArray(spec.groups)) return body;
  const groups: readonly unknown[] = spec.groups;
  const everybody = [AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP].filter((group) => groups.includes(toUpstreamIdentity(tenantId, group)));
  return everybody.length === 0 ? body : Buffer.from(printLossless({ ...review, spec: { ...spec, groups: [...groups, ...everybody] } }));
}

import { KubeError } from '../../errors.ts';
import { negotiate } from '../../kube/negotiate.ts';
import { AUTHENTICATED_GROUP, toUpstreamIdentity } from '../../names/identity.ts';
import type { TranslateContext } from '../../translate/context.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../../translate/lossless-json.ts';
import { protobufToJson } from '../../translate/protobuf/translate-protobuf-body.ts';
import { translateRequestBody } from '../../translate/request-body.ts';
import type { ResourceRow } from '../../translate/table/row.ts';
import type { LocalRequest } from '../local-request.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = /^application\/vnd\.kubernetes\.protobuf\s*(?:;|$)/i;

/**
 * The question as upstream gets it, in JSON, whether it came as JSON, YAML or protobuf.
 *
 * @throws KubeError NotAcceptable when the client does not take JSON; otherwise as translateRequestBody
 */
export async function readReview(row: ResourceRow, request: LocalRequest, context: TranslateContext): Promise<Buffer> {
  // Whoever asks for protobuf or CBOR alone reads JSON all the same.
  negotiate(request.headers.accept, { mediaTypes: [JSON_TYPE, 'application/vnd.kubernetes.protobuf', 'application/cbor'], as: [] });
  if (request.headers['content-encoding']) throw new KubeError('UnsupportedMediaType', 'a compressed body is not supported');
  const contentType = String(request.headers['content-type'] ?? '');
  const sent = await request.body();
  const isProtobuf = PROTOBUF.test(contentType) && sent.length > 0;
  const { body } = translateRequestBody({
    row,
    verb: 'create',
    contentType: isProtobuf ? JSON_TYPE : contentType,
    body: isProtobuf ? protobufToJson(row.kind, sent) : sent,
    context,
  });
  return row.kind.endsWith('SubjectAccessReview') ? asEverybody(body, context.tenantId) : body;
}

/** Whoever is authenticated in the tenant has what the cluster grants to all who are (see impersonationOf). */
function asEverybody(body: Buffer, tenantId: string): Buffer {
  const review = body.length > 0 ? (parseLossless(body.toString('utf8')) as JsonObject) : undefined;
  const spec = review?.spec;
  if (!isJsonObject(spec) || !Array.isArray(spec.groups)) return body;
  if (!spec.groups.includes(toUpstreamIdentity(tenantId, AUTHENTICATED_GROUP))) return body;
  return Buffer.from(printLossless({ ...review, spec: { ...spec, groups: [...spec.groups, AUTHENTICATED_GROUP] } }));
}

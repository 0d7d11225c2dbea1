import { KubeError } from '../../errors.ts';
import { requestTree } from '../compile.ts';
import type { TranslateContext } from '../context.ts';
import { parseLossless } from '../lossless-json.ts';
import { malformedProtobuf } from '../malformed-body.ts';
import { isOwnKind } from '../plans/row-plan.ts';
import { refuseUnreadableDeletion } from '../rules/delete-options.ts';
import { groupOfApiVersion } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { decodeMessage } from './decode-message.ts';
import { checkTail, type EnvelopeHeader, readHeader, writeEnvelope } from './envelope.ts';
import { labelMessage } from './label-message.ts';
import { MalformedMessageError, rewriteProtobuf } from './protobuf-rewriter.ts';
import { reencodeValue } from './reencode-message.ts';
import { messageTypeOf } from './wire-schema.ts';

export interface ProtobufBodyInput {
  readonly row: ResourceRow;
  readonly subresource: string | undefined;
  readonly verb: string;
  /** That the object must be of. */
  readonly kind: string;
  readonly body: Buffer;
  readonly context: TranslateContext;
  /** For kinds of which more is translated than the plan says: the object's JSON in the tenant's names in, in upstream's out. */
  readonly byJson?: ((json: Buffer) => Buffer) | undefined;
}

/**
 * A request's body in Kubernetes' protobuf, in the tenant's names in, in upstream's out. Fields that the schema does not have pass as
 * they are.
 *
 * @throws KubeError BadRequest for what is no such object, or an object of another kind; and what the rules throw
 */
export function translateProtobufBody({ row, subresource, verb, kind, body, context, byJson }: ProtobufBodyInput): Buffer {
  const isDeletion = verb === 'delete' || verb === 'deletecollection';
  const expected = isDeletion ? 'DeleteOptions' : kind;
  try {
    const header = wholeHeader(body);
    const typeName = checkKind(header, expected, body);
    if (isDeletion) {
      refuseUnreadableDeletion(decodeMessage(typeName, rawOf(body, header)));
      return body;
    }
    if (isOwnKind(row, subresource) && groupOfApiVersion(header.apiVersion) !== row.group) throw otherKind(header, kind);
    if (byJson) return rewriteByJson(body, header, typeName, byJson);
    const upstream = rewriteProtobuf(requestTree(row, subresource), context, body);
    return row.labelled ? labelMessage(upstream, typeName, context.tenantId) : upstream;
  } catch (error) {
    if (error instanceof MalformedMessageError || error instanceof SyntaxError) throw malformedProtobuf(expected, body, error.message);
    throw error;
  }
}

function rewriteByJson(body: Buffer, header: EnvelopeHeader, typeName: string, byJson: (json: Buffer) => Buffer): Buffer {
  const { apiVersion, kind } = header;
  const original = rawOf(body, header);
  const json = Buffer.from(JSON.stringify({ kind, apiVersion, ...decodeMessage(typeName, original) }));
  const changed = parseLossless(byJson(json).toString('utf8'));
  return writeEnvelope(apiVersion, kind, reencodeValue(`@${typeName}`, original, changed));
}

function wholeHeader(body: Buffer): EnvelopeHeader {
  const header = readHeader(body, 0, body.length);
  if (!header) throw new MalformedMessageError(body.length <= 4 ? 'empty body' : 'unexpected EOF');
  if (header.rawStart + header.rawLength > body.length) throw new MalformedMessageError('unexpected EOF');
  checkTail(body, header.rawStart + header.rawLength, body.length);
  return header;
}

function rawOf(body: Buffer, { rawStart, rawLength }: EnvelopeHeader): Buffer {
  return body.subarray(rawStart, rawStart + rawLength);
}

/** Upstream takes an object without a kind for one of the kind that it expects; what it is to be read as must be said here. */
function checkKind(header: EnvelopeHeader, expected: string, body: Buffer): string {
  if (header.kind === '' || header.apiVersion === '') throw malformedProtobuf(expected, body, "Object 'Kind' is missing");
  const typeName = messageTypeOf(header.apiVersion, header.kind);
  if (header.kind !== expected || typeName === undefined) throw otherKind(header, expected);
  return typeName;
}

function otherKind({ apiVersion, kind }: EnvelopeHeader, expected: string): KubeError {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return new KubeError('BadRequest', `${kind} in version "${version}" cannot be handled as a ${expected}: unknown conversion`);
}

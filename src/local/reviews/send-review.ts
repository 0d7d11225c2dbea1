import type { ServerResponse } from 'node:http';
import { JSON_TYPE, negotiate, PROTOBUF_TYPE } from '../../kube/negotiate.ts';
import type { JsonObject } from '../../translate/lossless-json.ts';
import { encodeMessage } from '../../translate/protobuf/encode-message.ts';
import { writeEnvelope } from '../../translate/protobuf/envelope.ts';
import { messageTypeOf } from '../../translate/protobuf/wire-schema.ts';
import { sendBytes, sendJson } from '../answer.ts';
import type { LocalRequest } from '../local-request.ts';

/** Clients that ask for CBOR read JSON as well. */
const CBOR_TYPE = 'application/cbor';

/** The form in which the client wants the answer. @throws KubeError NotAcceptable */
export function chooseReviewType({ headers }: LocalRequest): typeof JSON_TYPE | typeof PROTOBUF_TYPE {
  const { mediaType } = negotiate(headers.accept, { mediaTypes: [JSON_TYPE, PROTOBUF_TYPE, CBOR_TYPE], as: [] });
  return mediaType === PROTOBUF_TYPE ? PROTOBUF_TYPE : JSON_TYPE;
}

/** @param review a review, or a Status; in the tenant's words */
export function sendReview(request: LocalRequest, response: ServerResponse, code: number, review: JsonObject): void {
  const { kind, apiVersion } = review;
  const typeName = typeof kind === 'string' && typeof apiVersion === 'string' ? messageTypeOf(apiVersion, kind) : undefined;
  if (chooseReviewType(request) === JSON_TYPE || typeName === undefined) {
    sendJson(request, response, code, review);
    return;
  }
  const body = writeEnvelope(apiVersion as string, kind as string, encodeMessage(typeName, review));
  sendBytes(response, code, body, { 'content-type': PROTOBUF_TYPE });
}

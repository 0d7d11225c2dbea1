/** admission.k8s.io AdmissionReview and apiextensions.k8s.io ConversionReview, as much of them as the bridge looks at. */
import { isJsonObject, type JsonObject } from '../translate/lossless-json.ts';
import { WebhookError } from './webhook-error.ts';

export function objectAt(holder: JsonObject, member: string): JsonObject | undefined {
  const value = holder[member];
  return isJsonObject(value) ? value : undefined;
}

export function textAt(holder: JsonObject, member: string): string {
  const value = holder[member];
  return typeof value === 'string' ? value : '';
}

/** @throws WebhookError for an answer that is no review of the same uid */
export function responseOf(review: unknown, uid: string): JsonObject {
  const response = isJsonObject(review) ? objectAt(review, 'response') : undefined;
  if (!response) throw new WebhookError('webhook response was absent');
  if (textAt(response, 'uid') !== uid)
    throw new WebhookError(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textAt(response, 'uid'))}`);
  return response;
}

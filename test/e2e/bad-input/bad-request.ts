/** A request that a tenant must not get through with, as data: what is sent, and the Status that comes back. */
import type { RawRequest } from './send-request.ts';

export interface BadRequest extends RawRequest {
  readonly title: string;
  readonly code: number;
  readonly reason: string;
  readonly message?: RegExp;
  /**
   * Upstream has the same request: `answer`, its answer is the same in code, reason and message; `code`, in code and
   * reason, as the message is worded by a parser.
   */
  readonly likeUpstream?: 'answer' | 'code';
  /** A name of somebody else's that the request holds, so that the answer may repeat it. */
  readonly echoes?: true;
}

/** A namespace that both the tenant and upstream have. */
export const NAMESPACE = 'bad-input';
/** A namespace of another tenant's, in upstream's spelling. */
export const FOREIGN = 'demo02-default';

export const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
export const configMap = (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
export const contentType = (mediaType: string) => [['Content-Type', mediaType]] as const;
export const post = (path: string, body: unknown, headers?: RawRequest['headers']) => ({
  method: 'POST',
  path,
  body,
  ...(headers && { headers }),
});

export const badRequest = { code: 400, reason: 'BadRequest' };
export const notFound = { code: 404, reason: 'NotFound' };
export const notAllowed = { code: 405, reason: 'MethodNotAllowed' };
export const forbidden = { code: 403, reason: 'Forbidden' };
export const unsupported = { code: 415, reason: 'UnsupportedMediaType' };
export const invalid = { code: 422, reason: 'Invalid' };

/** Access reviews: RBAC's answer, and what the gateway refuses or serves beside it. */
import { isJsonObject, type JsonObject } from '../../translate/lossless-json.ts';
import type { TenantIdentity } from '../local-request.ts';
import { isServedPath } from './served-paths.ts';

/** resourceAttributes of a review in the tenant's spelling; '' for what is not there. */
export interface ReviewedAccess {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Why the gateway would refuse it to anybody of the caller's tenant; undefined when it would not. */
export type RefusalOf = (caller: TenantIdentity, access: ReviewedAccess) => string | undefined;

/** @param review as upstream answered it, in the tenant's spelling, its spec included */
export function tellRefusals(review: JsonObject, caller: TenantIdentity, refusalOf: RefusalOf): JsonObject {
  const { spec, status } = review;
  if (!isJsonObject(spec) || !isJsonObject(status)) return review;
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (isJsonObject(nonResourceAttributes)) {
    const { path, verb } = nonResourceAttributes;
    // Discovery, health and the version are answered to every user of the tenant, and RBAC is not asked.
    const isServed = (verb === 'get' || verb === 'head') && typeof path === 'string' && isServedPath(path);
    return isServed && status.allowed !== true ? { ...review, status: { allowed: true } } : review;
  }
  if (!isJsonObject(resourceAttributes) || status.allowed !== true) return review;
  const reason = refusalOf(caller, accessOf(resourceAttributes));
  return reason === undefined ? review : { ...review, status: { allowed: false, denied: true, reason } };
}

function accessOf(attributes: JsonObject): ReviewedAccess {
  const text = (member: string): string => {
    const value = attributes[member];
    return typeof value === 'string' ? value : '';
  };
  return {
    verb: text('verb'),
    group: text('group'),
    version: text('version'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
}

/** The webhook that fetches room before kube-apiserver's quota plugin counts: admission.k8s.io/v1 AdmissionReview in, its answer out. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { tenantIdOfUpstreamName } from '../names/prefix.ts';
import { type Amounts, showAmount } from './amounts.ts';
import type { CountedKind } from './count-live.ts';
import { VISIBLE_QUOTA } from './names.ts';
import type { RoomKeeper } from './room-keeper.ts';
import { needOf, type ReviewedObject } from './usage-of.ts';

interface ReviewRequest {
  readonly uid: string;
  readonly resource: CountedKind;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly object?: ReviewedObject;
  readonly oldObject?: ReviewedObject;
}

/** Where upstream calls it: a path that nobody can make up. */
export function quotaReviewPath(key: Buffer): string {
  return `/quota/${createHmac('sha256', key).update('/quota').digest().subarray(0, 20).toString('hex')}`;
}

export function isQuotaReviewPath(pathname: string, key: Buffer): boolean {
  const [sent, expected] = [Buffer.from(pathname), Buffer.from(quotaReviewPath(key))];
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

/** @throws SyntaxError for what is no JSON; and what makeRoom throws */
export async function reviewCreation(body: string, keeper: Pick<RoomKeeper, 'makeRoom'>): Promise<string> {
  const { request } = JSON.parse(body) as { request: ReviewRequest };
  const refusal = await refusalOf(request, keeper);
  const status = refusal && { code: 403, reason: 'Forbidden', message: refusal };
  const response = { uid: request.uid, allowed: !refusal, ...(status && { status }) };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}

async function refusalOf(
  { resource, name, namespace = '', operation, object, oldObject }: ReviewRequest,
  keeper: Pick<RoomKeeper, 'makeRoom'>,
): Promise<string | undefined> {
  const tenantId = tenantIdOfUpstreamName(namespace);
  if (!tenantId || !object) return undefined;
  const need = needOf(resource.group, resource.resource, object, operation === 'UPDATE' ? oldObject : undefined);
  if (need.size === 0) return undefined;
  const answer = await keeper.makeRoom(tenantId, namespace, need, resource);
  if (answer.kind === 'room') return undefined;
  const qualified = resource.group ? `${resource.resource}.${resource.group}` : resource.resource;
  const { requested, used, limited } = answer;
  // As kube-apiserver's own plugin has it, with the numbers of the whole tenant.
  return `${qualified} ${JSON.stringify(name || object.metadata?.name || object.metadata?.generateName || '')} is forbidden: exceeded quota: ${VISIBLE_QUOTA}, requested: ${list(requested)}, used: ${list(used)}, limited: ${list(limited)}`;
}

export function list(amounts: Amounts): string {
  return [...amounts].map(([key, amount]) => `${key}=${showAmount(key, amount)}`).join(',');
}

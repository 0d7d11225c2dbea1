/** JSON patches (RFC 6902) of admission policies and webhooks: each operation leaves what the platform forces in its place. */
import { KubeError } from '../../errors.ts';
import type { JsonObject } from '../lossless-json.ts';
import type { AdmissionRow } from '../table/row.ts';
import {
  confineBody,
  confineConditions,
  confineConstraints,
  confineSpec,
  confineWebhook,
  confineWebhooks,
  ownNamespaces,
} from './confine-body.ts';

const ELEMENT = '*';
const SELECTOR = 'namespaceSelector';
const CONDITIONS = 'matchConditions';

/**
 * @param operation translated by the row's plan
 * @param path as the client sent it, and `from` where there is one
 * @throws KubeError BadRequest for what would take off what is forced
 */
export function confineOperation(
  operation: JsonObject,
  { path, from }: { path: string; from?: unknown },
  admission: AdmissionRow,
  tenantId: string,
): JsonObject {
  const { op, value } = operation;
  const place = placeOf(path, admission);
  if (op === 'copy' || op === 'move') {
    if (place !== undefined || (typeof from === 'string' && placeOf(from, admission) !== undefined)) throw sendValue(path);
    return operation;
  }
  if (place === undefined) return operation;
  if (place.within) throw new KubeError('BadRequest', `${path} cannot be patched on its own: send all of ${place.within}`);
  if (op === 'remove') return removal(operation, place.name, path, admission, tenantId);
  return { ...operation, value: confined(place.name, value, admission, tenantId) };
}

type PlaceName = 'object' | 'spec' | 'constraints' | 'selector' | 'conditions' | 'webhooks' | 'webhook';

interface Place {
  readonly name: PlaceName;
  /** The place lies inside of this one, which is written as a whole. */
  readonly within?: string;
}

/** Undefined: nothing forced stands there or inside of it. Index and `-` of a list are alike. */
function placeOf(path: string, { holder }: AdmissionRow): Place | undefined {
  const keys = path.split('/').slice(1).map(unescapeToken);
  if (keys.length === 0) return { name: 'object' };
  const pattern: readonly string[] = holder === 'webhooks' ? ['webhooks', ELEMENT] : ['spec'];
  const names: readonly PlaceName[] = holder === 'webhooks' ? ['webhooks', 'webhook'] : ['spec'];
  const known = Math.min(keys.length, pattern.length);
  if (pattern.slice(0, known).some((key, index) => key !== ELEMENT && key !== keys[index])) return undefined;
  if (keys.length <= pattern.length) return { name: names[keys.length - 1]! };
  return memberPlace(keys.slice(pattern.length), holder);
}

function memberPlace([member, ...rest]: readonly string[], holder: AdmissionRow['holder']): Place | undefined {
  if (member === CONDITIONS) return rest.length === 0 ? { name: 'conditions' } : { name: 'conditions', within: CONDITIONS };
  if (holder === 'webhooks') return selectorPlace(member, rest);
  if (member !== 'matchConstraints') return undefined;
  if (rest.length === 0) return { name: 'constraints' };
  return selectorPlace(rest[0], rest.slice(1));
}

function selectorPlace(member: string | undefined, rest: readonly string[]): Place | undefined {
  if (member !== SELECTOR) return undefined;
  return rest.length === 0 ? { name: 'selector' } : { name: 'selector', within: SELECTOR };
}

function removal(operation: JsonObject, name: PlaceName, path: string, admission: AdmissionRow, tenantId: string): JsonObject {
  if (name === 'webhooks' || name === 'webhook') return operation;
  if (name === 'selector' || name === 'conditions') {
    const { op: _, ...rest } = operation;
    return { ...rest, op: 'add', value: confined(name, null, admission, tenantId) };
  }
  throw new KubeError('BadRequest', `${path || 'the whole object'} cannot be removed`);
}

function confined(name: PlaceName, value: unknown, admission: AdmissionRow, tenantId: string): unknown {
  switch (name) {
    case 'object':
      return confineBody(value, admission, tenantId, 'object');
    case 'spec':
      return confineSpec(value, admission, tenantId, 'object');
    case 'constraints':
      return confineConstraints(value, tenantId, 'object');
    case 'selector':
      return value ?? ownNamespaces(tenantId);
    case 'conditions':
      return confineConditions(value, admission, tenantId);
    case 'webhooks':
      return confineWebhooks(value, admission, tenantId, 'object');
    case 'webhook':
      return confineWebhook(value, admission, tenantId, 'object');
  }
}

function sendValue(path: string): KubeError {
  return new KubeError('BadRequest', `${path}: some of what stands there belongs to the platform, send the value instead`);
}

function unescapeToken(token: string): string {
  return token.replace(/~[01]/g, (escaped) => (escaped === '~1' ? '/' : '~'));
}

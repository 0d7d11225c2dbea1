/**
 * Server-side apply on admission policies and webhooks. What an applier does not send again of what it has, upstream takes off, and
 * what others have a part of stays without it: so what the platform forces could be given up, and the rest go on with all of the
 * cluster to act on. Upstream shows these objects to no admission policy, so it is refused here, by what upstream has.
 */
import { KubeError } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../lossless-json.ts';

/** What a patch of webhooks is applied over. */
export interface AppliedOver {
  /** As the request says it; of several, whichever counts. */
  readonly fieldManagers: readonly string[];
  /** As upstream has it; undefined: not there. */
  readonly live: JsonObject | undefined;
}

/** No object has it: with it, an apply patch makes an object or fails. */
const OF_NO_OBJECT = '1';
const ITSELF = '.';
const WEBHOOKS = 'f:webhooks';

/**
 * Of a policy: with a `spec`, for `confineBody` to put the forced condition into. Whoever applies it has that condition, so nobody gives
 * it up; and what else is forced, upstream holds as one with the rules, without which there is no policy.
 */
export function withSpec(body: unknown): unknown {
  return isJsonObject(body) ? { ...body, spec: body.spec ?? {} } : body;
}

/**
 * Of webhooks.
 *
 * @param body an apply patch in upstream's spelling, with what is forced put in
 * @param over undefined: nobody has looked, and nothing is applied
 * @returns it, for just that state of the object
 * @throws KubeError Conflict
 */
export function keepWebhooksConfined(body: unknown, over: AppliedOver | undefined): unknown {
  if (!over) throw new Error('webhooks are applied without what they are applied over');
  if (!isJsonObject(body)) return body;
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  const found = isJsonObject(over.live?.metadata) ? over.live.metadata : undefined;
  const resourceVersion = found?.resourceVersion ?? OF_NO_OBJECT;
  if (found && metadata.resourceVersion !== undefined && metadata.resourceVersion !== resourceVersion) throw changed();
  if (found) refuseGivingUp(body.webhooks, ownershipOf(found, over.fieldManagers));
  return { ...body, metadata: { ...metadata, resourceVersion } };
}

interface Ownership {
  /** `fieldsV1` of what is the applier's, and of what is others'. */
  readonly own: readonly JsonObject[];
  readonly others: readonly JsonObject[];
}

function ownershipOf({ managedFields }: JsonObject, fieldManagers: readonly string[]): Ownership {
  const entries = Array.isArray(managedFields) ? managedFields.filter(isJsonObject) : [];
  const isOwn = ({ manager, operation, subresource = '' }: JsonObject) =>
    operation === 'Apply' && subresource === '' && fieldManagers.includes(manager as string);
  const fieldsOf = (some: readonly JsonObject[]) => some.map(({ fieldsV1 }) => (isJsonObject(fieldsV1) ? fieldsV1 : {}));
  return { own: fieldsOf(entries.filter(isOwn)), others: fieldsOf(entries.filter((entry) => !isOwn(entry))) };
}

/** A webhook that is all the applier's goes as a whole. */
function refuseGivingUp(webhooks: unknown, { own, others }: Ownership): void {
  const sent = new Set(Array.isArray(webhooks) ? webhooks.map((webhook) => isJsonObject(webhook) && webhook.name) : []);
  const theirs = others.flatMap((fields) => Object.keys(membersAt(fields, WEBHOOKS)));
  for (const fields of own) {
    for (const [key, inner] of Object.entries(membersAt(fields, WEBHOOKS))) {
      const isWhole = key !== ITSELF && isJsonObject(inner) && Object.hasOwn(inner, ITSELF);
      if (key === ITSELF || sent.has(nameOfKey(key)) || (isWhole && !theirs.includes(key))) continue;
      throw givenUp();
    }
    // The list as such, with whatever stands in it.
    if (sent.size === 0 && isItself(fields) && theirs.length > 0) throw givenUp();
  }
}

function membersAt(fields: JsonObject, member: string): JsonObject {
  const inner = Object.hasOwn(fields, member) ? fields[member] : undefined;
  return isJsonObject(inner) ? inner : {};
}

/** Whether the list itself is owned, beside what stands in it. */
function isItself(fields: JsonObject): boolean {
  const inner = membersAt(fields, WEBHOOKS);
  return Object.hasOwn(fields, WEBHOOKS) && (Object.keys(inner).length === 0 || Object.hasOwn(inner, ITSELF));
}

/** `k:{"name":"x"}` */
function nameOfKey(key: string): unknown {
  if (!key.startsWith('k:')) return undefined;
  const element: unknown = JSON.parse(key.slice(2));
  return isJsonObject(element) ? element.name : undefined;
}

function givenUp(): KubeError {
  return new KubeError(
    'Conflict',
    'webhooks: what this field manager has applied before cannot be left out while other managers have a part of it: send it again, or delete the object',
  );
}

function changed(): KubeError {
  return new KubeError('Conflict', 'the object has been modified; please apply your changes to the latest version and try again');
}

import { KubeError } from '../errors.ts';
import type { Plan, PlanContext } from './engine/plan.ts';
import type { CapturedMember, RuleCapture } from './rules/capture-object.ts';

/** Where a JSON pointer leads. */
export interface Place {
  /** What is translated there; undefined: nothing. */
  readonly plan: Plan | undefined;
  /** The pointer in upstream's spelling. */
  readonly pointer: string;
}

/**
 * Follows an RFC 6901 pointer through a plan. Which element of an array is meant makes no difference.
 *
 * @throws KubeError BadRequest for a pointer that upstream would read otherwise, that names what tenants do not have, or
 *   that leads into something that is translated as a whole
 */
export function followPointer(root: Plan, pointer: string, context: PlanContext): Place {
  // Upstream ignores what stands before the first slash, so `x/metadata` would be another path there than here.
  if (pointer !== '' && !pointer.startsWith('/'))
    throw new KubeError('BadRequest', `error decoding patch: the path ${pointer} does not begin with a slash`);
  let plan: Plan | undefined = root;
  const upstreamTokens: string[] = [];
  const tokens = pointer.split('/').slice(1);
  for (const [index, token] of tokens.entries()) {
    const key = unescapeToken(token);
    let upstreamKey = key;
    plan = insideOf(plan);
    if (plan?.capture) {
      const { freeMembers, members, forcedItems }: RuleCapture = plan.capture;
      const member: CapturedMember | undefined = members && Object.hasOwn(members, key) ? members[key] : undefined;
      if (forcedItems === undefined && !member && !freeMembers?.includes(key)) throw translatedAsAWhole(pointer, tokens.slice(0, index));
      plan = member?.plan;
      upstreamKey = member?.key ?? (forcedItems !== undefined && /^\d+$/.test(key) ? String(Number(key) + forcedItems) : key);
    } else if (plan?.items) {
      plan = plan.items;
    } else if (plan) {
      const renamed: string | null = plan.key ? plan.key(key, context) : key;
      if (renamed === null) throw new KubeError('BadRequest', `${pointer}: ${key} belongs to the platform`);
      upstreamKey = renamed;
      plan = memberOf(plan, key);
    }
    upstreamTokens.push(upstreamKey === key ? token : escapeKey(upstreamKey));
  }
  return { plan, pointer: ['', ...upstreamTokens].join('/') };
}

/** Of a value that is captured as a whole, but can be patched in parts. */
function insideOf(plan: Plan | undefined): Plan | undefined {
  const capture: RuleCapture | undefined = plan?.capture;
  return capture?.inside ?? plan;
}

function memberOf({ fields, others }: Plan, key: string): Plan | undefined {
  return fields && Object.hasOwn(fields, key) ? fields[key] : others;
}

function translatedAsAWhole(pointer: string, capturedTokens: readonly string[]): KubeError {
  const captured = `/${capturedTokens.join('/')}`;
  return new KubeError(
    'BadRequest',
    `${pointer} cannot be patched on its own: what stands at ${captured} is translated as a whole, send all of it`,
  );
}

function unescapeToken(token: string): string {
  return token.replace(/~[01]/g, (escaped) => (escaped === '~1' ? '/' : '~'));
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * THE LIST: what happens to a request before upstream sees it, top to bottom. Every step either goes on or throws the
 * KubeError that the client gets.
 */
import { readsCollection } from '../collections/collection.ts';
import type { CursorSealer } from '../collections/cursor.ts';
import { KubeError } from '../errors.ts';
import type { AccessChecker } from '../identity/check-access.ts';
import { type Caller, type IdentifyDeps, identify } from '../identity/identify.ts';
import { impersonateWithin } from '../identity/impersonate.ts';
import { readImpersonation } from '../identity/read-impersonation.ts';
import { parseRequest, type RequestInfo } from '../kube/request-info.ts';
import { splitTarget } from '../kube/request-target.ts';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import { HELD_HEADER, readHeld } from '../limits/held.ts';
import type { Grant, Limits } from '../limits/limits.ts';
import { IDENTITY_HEADER, type Identity, type TenantIdentity } from '../local/local-request.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import type { QuotaGate } from '../quota/quota-gate.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { AppliedOver } from '../translate/admission/applied-over.ts';
import type { SharedNames } from '../translate/context.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import { acceptForUpstream } from './accept.ts';
import { admit } from './admit.ts';
import { asksForPast } from './asks-for-past.ts';
import type { Decision, RequestHead } from './decision.ts';
import type { Findings } from './exchange-record.ts';
import { NO_TRACE, type RunPhase } from './exchange-trace.ts';
import { forwardUpstream } from './forward-upstream.ts';
import { HeaderChanges } from './headers.ts';
import { type ReadObject, readAppliedOver } from './read-applied-over.ts';
import { requestKindOf } from './request-kind.ts';
import { checkSuspension } from './suspend.ts';
import { cannotUpgrade, isUpgrade } from './upgrade.ts';

export interface DecideDeps extends IdentifyDeps {
  /** Counts what tenants have under way. */
  readonly limits: Limits;
  readonly limitsOf: (tenant: Tenant) => EffectiveLimits;
  /** The cluster that a tenant lives in. @throws KubeError when there is none of the name */
  readonly upstreamOf: (tenant: Tenant) => TenantUpstream;
  /** At which upstream calls tenants' webhooks. */
  readonly bridge?: BridgeAddress | undefined;
  /** What tenants' quotas make a request wait for; undefined: nothing. */
  readonly quota?: Pick<QuotaGate, 'hold'> | undefined;
  /** Seals the places at which lists go on. */
  readonly cursors: CursorSealer;
}

/** An upstream cluster, as the steps need to know it. */
export interface TenantUpstream {
  /** For Envoy's routes; undefined: the first. */
  readonly routeName?: string | undefined;
  /** Whether a tenant's user may do something, by the tenant's own RBAC. */
  readonly checkAccess: AccessChecker;
  /** The gateway's own bearer token, where upstream is not reached by a client certificate. */
  readonly bearerToken: () => string | undefined;
  /** What of the platform's own tenants may see and refer to; undefined: nothing. */
  readonly shared?: SharedNames | undefined;
  /** What a collection of it shows now, by its path; undefined: nobody can say. */
  readonly latestRevision?: (path: string) => Promise<number | undefined>;
  /** An object of it. */
  readonly readObject?: ReadObject;
  /** Whether that is known; undefined: it is. */
  readonly isReady?: () => boolean;
}

/**
 * @param found filled in on the way: who asks for what is wanted of refusals, too
 * @throws (or rejects with) KubeError
 */
export function decide(
  head: RequestHead,
  deps: DecideDeps,
  phase: RunPhase = NO_TRACE.phase,
  found: Findings = {},
): Decision | Promise<Decision> {
  const caller = phase('identify', () => identify(head.credentials, deps));
  return caller instanceof Promise
    ? caller.then((known) => decideFor(known, head, deps, phase, found))
    : decideFor(caller, head, deps, phase, found);
}

function decideFor(caller: Caller, head: RequestHead, deps: DecideDeps, phase: RunPhase, found: Findings): Decision | Promise<Decision> {
  const { identity } = caller;
  found.caller = caller;
  const wanted = readImpersonation(head.headers.lines());
  if (identity.role === 'operator') {
    if (wanted) throw new KubeError('Forbidden', 'the operator of the platform cannot impersonate: the Tenant API knows no other users');
    return local(head, identity, () => {});
  }

  const upstream = deps.upstreamOf(caller.tenant!);
  const { path, query } = splitTarget(head.target);
  const request = parseRequest(head.method, path, query);
  found.request = request;
  const held = readHeld(head.headers.get(HELD_HEADER));
  if (held) found.held = held;
  checkSuspension(request, caller.tenant);
  const grant = phase('limit', () => limit(caller, request, query, found, deps));
  const { release } = grant;
  const proceed = (as: TenantIdentity): Decision | Promise<Decision> => {
    if (as !== identity) found.impersonated = as;
    const row = admit(request, caller, upstream.shared);
    if (!row) return local(head, as, release);
    if (request.type !== 'resource') throw new Error('only resources have rows');
    if (upstream.isReady?.() === false)
      throw new KubeError('ServiceUnavailable', 'the gateway is starting, please try again', { retryAfterSeconds: 1 });
    const { bridge, cursors } = deps;
    const answerHere = () => local(head, as, release, request.verb, acceptForUpstream(head.headers.all('accept'), hasProtobuf(row)));
    if (readsCollection(request, row)) return answerHere();
    const contentType = head.headers.get('content-type') ?? '';
    const goOn = (appliedOver?: AppliedOver) => {
      const forward = (free: () => void): Decision => {
        const { routeName: upstreamName, shared } = upstream;
        const asked = { request, row, query, head, identity: as, bearerToken: upstream.bearerToken(), upstreamName, release: free };
        return { ...forwardUpstream({ ...asked, shared, bridge, cursors, appliedOver }), limitHeaders: grant.headers };
      };
      const held = deps.quota?.hold({ tenant: caller.tenant, request, row, contentType, query });
      return held ? whileHeld(held, release, forward) : forward(release);
    };
    const over = readAppliedOver({ tenantId: as.tenantId, request, row, query, contentType }, upstream);
    if (over) return over.then(goOn);
    const past = asksForPast({ tenantId: as.tenantId, request, row, query, cursors }, caller.tenant, upstream);
    return past ? past.then((isPast) => (isPast ? answerHere() : goOn())) : goOn();
  };
  const mark = (decision: Decision): Decision => ({ ...decision, credential: caller.credential, request });
  try {
    // Asked after the limit is taken: each question is a request to upstream.
    const decided = wanted
      ? impersonateWithin(identity, wanted, { request, method: head.method }, upstream.checkAccess).then(proceed)
      : phase('admit and address', () => proceed(identity));
    if (!(decided instanceof Promise)) return mark(decided);
    return decided.then(mark).catch((error: unknown) => {
      release();
      throw error;
    });
  } catch (error) {
    release();
    throw error;
  }
}

/** What is held of the tenant's quota is given back with the rest when the request is over. */
async function whileHeld(held: Promise<() => void>, release: () => void, forward: (free: () => void) => Decision): Promise<Decision> {
  const giveBack = await held;
  try {
    return forward(() => {
      giveBack();
      release();
    });
  } catch (error) {
    giveBack();
    throw error;
  }
}

function limit({ identity, tenant }: Caller, request: RequestInfo, query: URLSearchParams, { held }: Findings, deps: DecideDeps): Grant {
  if (identity.role !== 'tenant' || !tenant) return { release: () => {}, headers: () => [] };
  if (held) deps.limits.noteHeld(identity.tenantId, held.limit, held.count);
  return deps.limits.admit(identity.tenantId, deps.limitsOf(tenant), requestKindOf(request, query));
}

/**
 * Answered by the sidecar's local API, which gets to know who asks.
 *
 * @param accept in the place of the client's own
 * @throws KubeError BadRequest for an upgrade: what is said here is said in HTTP, and a body would be waited for that nobody sends
 */
function local(head: RequestHead, identity: Identity, release: () => void, verb: Decision['verb'] = 'local', accept?: string): Decision {
  if (isUpgrade(head.headers)) throw cannotUpgrade();
  const headers = new HeaderChanges()
    .set('x-kubezoo-route', 'local')
    .set(IDENTITY_HEADER, Buffer.from(JSON.stringify(identity)).toString('base64url'))
    .remove('authorization');
  if (accept !== undefined) headers.set('accept', accept);
  return {
    route: 'local',
    headers: headers.build(),
    requestBody: undefined,
    response: 'none',
    translation: undefined,
    tenantId: identity.role === 'tenant' ? identity.tenantId : undefined,
    verb,
    release,
  };
}

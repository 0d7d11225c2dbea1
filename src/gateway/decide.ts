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
import type { InflightLimiter } from '../limits/inflight.ts';
import { maxInflightOf } from '../limits/limits-of-tenant.ts';
import { IDENTITY_HEADER, type Identity, type TenantIdentity } from '../local/local-request.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import type { QuotaGate } from '../quota/quota-gate.ts';
import type { SharedNames } from '../translate/context.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import { acceptForUpstream } from './accept.ts';
import { admit } from './admit.ts';
import type { Decision, RequestHead } from './decision.ts';
import { forwardUpstream } from './forward-upstream.ts';
import { HeaderChanges } from './headers.ts';
import { isLongRunning } from './long-running.ts';
import { cannotUpgrade, isUpgrade } from './upgrade.ts';

export interface DecideDeps extends IdentifyDeps {
  readonly inflight: InflightLimiter;
  /** Whether a tenant's user may do something, by the tenant's own RBAC. */
  readonly checkAccess: AccessChecker;
  /** The gateway's own bearer token, where upstream is not reached by a client certificate. */
  readonly upstreamToken: () => string | undefined;
  /** What of the platform's own tenants may see and refer to; undefined: nothing. */
  readonly shared?: SharedNames | undefined;
  /** Whether that is known; undefined: it is. */
  readonly isReady?: () => boolean;
  /** At which upstream calls tenants' webhooks. */
  readonly bridge?: BridgeAddress | undefined;
  /** What tenants' quotas make a request wait for; undefined: nothing. */
  readonly quota?: QuotaGate | undefined;
  /** Seals the places at which lists go on. */
  readonly cursors: CursorSealer;
  /** Counts a request that was turned away. */
  readonly onLimited?: (tenantId: string) => void;
}

/** @throws (or rejects with) KubeError */
export function decide(head: RequestHead, deps: DecideDeps): Decision | Promise<Decision> {
  const caller = identify(head.credentials, deps);
  return caller instanceof Promise ? caller.then((known) => decideFor(known, head, deps)) : decideFor(caller, head, deps);
}

function decideFor(caller: Caller, head: RequestHead, deps: DecideDeps): Decision | Promise<Decision> {
  const { identity } = caller;
  const wanted = readImpersonation(head.headers.lines());
  if (identity.role === 'operator') {
    if (wanted) throw new KubeError('Forbidden', 'the operator of the platform cannot impersonate: the Tenant API knows no other users');
    return local(identity, () => {});
  }

  const { path, query } = splitTarget(head.target);
  const request = parseRequest(head.method, path, query);
  const release = limit(caller, request, query, deps);
  const proceed = (as: TenantIdentity): Decision | Promise<Decision> => {
    const row = admit(request, caller, deps.shared);
    if (!row) return local(as, release);
    if (request.type !== 'resource') throw new Error('only resources have rows');
    if (deps.isReady?.() === false)
      throw new KubeError('ServiceUnavailable', 'the gateway is starting, please try again', { retryAfterSeconds: 1 });
    const { shared, bridge, cursors } = deps;
    if (readsCollection(request, row)) {
      if (isUpgrade(head.headers)) throw cannotUpgrade();
      const accept = acceptForUpstream(head.headers.all('accept'), hasProtobuf(row));
      return local(as, release, request.verb, accept);
    }
    const forward = (free: () => void) => {
      const bearerToken = deps.upstreamToken();
      return forwardUpstream({ request, row, query, head, identity: as, bearerToken, release: free, shared, bridge, cursors });
    };
    const contentType = head.headers.get('content-type') ?? '';
    const held = deps.quota?.hold({ tenant: caller.tenant, request, row, contentType, query });
    return held ? whileHeld(held, release, forward) : forward(release);
  };
  try {
    // Asked after the limit is taken: each question is a request to upstream.
    const decided = wanted
      ? impersonateWithin(identity, wanted, { request, method: head.method }, deps.checkAccess).then(proceed)
      : proceed(identity);
    if (!(decided instanceof Promise)) return decided;
    return decided.catch((error: unknown) => {
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

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

function limit(caller: Caller, request: RequestInfo, query: URLSearchParams, deps: DecideDeps): () => void {
  const { identity, tenant } = caller;
  if (identity.role !== 'tenant' || !tenant || isLongRunning(request, query)) return () => {};
  const release = deps.inflight.acquire(identity.tenantId, maxInflightOf(tenant));
  if (release) return release;
  deps.onLimited?.(identity.tenantId);
  throw new KubeError('TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 });
}

/** Answered by the sidecar's local API, which gets to know who asks. @param accept in the place of the client's own */
function local(identity: Identity, release: () => void, verb: Decision['verb'] = 'local', accept?: string): Decision {
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

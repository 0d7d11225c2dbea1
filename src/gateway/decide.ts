/**
 * THE LIST: what happens to a request before upstream sees it, top to bottom. Every step either goes on or throws the
 * KubeError that the client gets.
 */
import { KubeError } from '../errors.ts';
import { type Caller, type IdentifyDeps, identify } from '../identity/identify.ts';
import { parseRequest, type RequestInfo } from '../kube/request-info.ts';
import type { InflightLimiter } from '../limits/inflight.ts';
import { maxInflightOf } from '../limits/limits-of-tenant.ts';
import { IDENTITY_HEADER } from '../local/local-request.ts';
import type { SharedNames } from '../translate/context.ts';
import { admit } from './admit.ts';
import type { Decision, RequestHead } from './decision.ts';
import { forwardUpstream } from './forward-upstream.ts';
import { HeaderChanges } from './headers.ts';
import { isLongRunning } from './long-running.ts';

export interface DecideDeps extends IdentifyDeps {
  readonly inflight: InflightLimiter;
  /** The gateway's own bearer token, where upstream is not reached by a client certificate. */
  readonly upstreamToken: () => string | undefined;
  /** What of the platform's own tenants may use; undefined: nothing. */
  readonly shared?: SharedNames | undefined;
  /** Counts a request that was turned away. */
  readonly onLimited?: (tenantId: string) => void;
}

/** @throws (or rejects with) KubeError */
export function decide(head: RequestHead, deps: DecideDeps): Decision | Promise<Decision> {
  const caller = identify(head.credentials, deps);
  return caller instanceof Promise ? caller.then((known) => decideFor(known, head, deps)) : decideFor(caller, head, deps);
}

function decideFor(caller: Caller, head: RequestHead, deps: DecideDeps): Decision {
  refuseImpersonation(head);
  const { identity } = caller;
  if (identity.role === 'operator') return local(caller, () => {});

  const { path, query } = splitTarget(head.target);
  const request = parseRequest(head.method, path, query);
  const release = limit(caller, request, query, deps);
  try {
    const row = admit(request, caller, deps.shared);
    if (!row) return local(caller, release);
    if (request.type !== 'resource') throw new Error('only resources have rows');
    return forwardUpstream({ request, row, query, head, identity, bearerToken: deps.upstreamToken(), release, shared: deps.shared });
  } catch (error) {
    release();
    throw error;
  }
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** Silently dropped, they would let a caller act with more rights than it asked for. */
function refuseImpersonation(head: RequestHead): void {
  const asked = head.headers.names().some((header) => header.startsWith('impersonate-'));
  if (asked) throw new KubeError('Forbidden', 'impersonation (--as, Impersonate-User and its kin) is not offered yet');
}

function limit(caller: Caller, request: RequestInfo, query: URLSearchParams, deps: DecideDeps): () => void {
  const { identity, tenant } = caller;
  if (identity.role !== 'tenant' || !tenant || isLongRunning(request, query)) return () => {};
  const release = deps.inflight.acquire(identity.tenantId, maxInflightOf(tenant));
  if (release) return release;
  deps.onLimited?.(identity.tenantId);
  throw new KubeError('TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 });
}

/** Answered by the sidecar's local API, which gets to know who asks. */
function local(caller: Caller, release: () => void): Decision {
  const headers = new HeaderChanges()
    .set('x-kubezoo-route', 'local')
    .set(IDENTITY_HEADER, Buffer.from(JSON.stringify(caller.identity)).toString('base64url'))
    .remove('authorization');
  return { route: 'local', headers: headers.build(), requestBody: undefined, response: 'none', translation: undefined, release };
}

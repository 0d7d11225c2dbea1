/** An ExchangeRecord as plain data that may be written down, and sent from thread to thread: secrets are gone already. Pure. */
import { KubeError, mayQuote, type StatusDetails } from '../../errors.ts';
import { parseRequest, type RequestInfo } from '../../kube/request-info.ts';
import { splitTarget } from '../../kube/request-target.ts';
import type { Identity } from '../../local/local-request.ts';
import type { ExchangeEnd, ExchangeRecord } from '../exchange-record.ts';
import { REDACTED, safeMessage, safePath, safeTarget, scrub } from './redact.ts';

/** Upstream's own limit is 1,024. */
const MAX_USER_AGENT = 512;
const MAX_NAME = 512;
/** A line has an end, whatever an identity provider says. */
const MAX_GROUPS = 64;
const MAX_CAUSES = 20;

/** As authentication.k8s.io/v1 UserInfo. */
export interface SeenUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** As audit.k8s.io/v1 ObjectReference. */
export interface SeenObject {
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly apiGroup?: string;
  readonly apiVersion: string;
  readonly subresource?: string;
}

/** Why the gateway said no. */
export interface SeenRefusal {
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  readonly details?: StatusDetails;
}

export interface SeenRequest {
  readonly auditId: string;
  /** Milliseconds of the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly end: ExchangeEnd;
  /** 0: not seen. Of what the local API answers, it is only known there (`local-answers.ts`). */
  readonly code: number;
  readonly isLocal: boolean;
  readonly isOperator: boolean;
  readonly tenantId?: string;
  /** Undefined: nobody known. */
  readonly user?: SeenUser;
  readonly impersonated?: SeenUser;
  /** Kubernetes' verb; of what is no resource, the method in lower case. */
  readonly verb: string;
  /** Without the query. */
  readonly path?: string;
  readonly requestUri?: string;
  readonly object?: SeenObject;
  readonly userAgent?: string;
  readonly clientAddress?: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly traceId?: string;
  readonly refusal?: SeenRefusal;
  /** How many requests it stands for; undefined: one. */
  readonly count?: number;
}

export function seenRequest(record: ExchangeRecord): SeenRequest {
  const { auditId, startedAt, seconds, end, code, caller, impersonated, tenantId, method, target, userAgent, clientAddress } = record;
  const request = record.request ?? tryToRead(method, target);
  const isResource = request?.type === 'resource';
  const user = caller && userOf(caller.identity);
  const { requestBytes, responseBytes, traceId, refusal, count } = record;
  const seen: SeenRequest = {
    ...{ auditId, startedAt, seconds, end, code, requestBytes, responseBytes },
    isLocal: record.route === 'local',
    isOperator: caller?.identity.role === 'operator',
    ...(tenantId !== undefined && { tenantId }),
    ...(user && { user }),
    ...(impersonated && {
      impersonated: { ...userOf(impersonated), ...(impersonated.extra && { extra: hiddenExtra(impersonated.extra) }) },
    }),
    verb: isResource ? request.verb : scrub((method ?? '').toLowerCase(), 32),
    ...(target !== undefined && { path: safePath(target.split('?', 1)[0]!, request), requestUri: safeTarget(target, request) }),
    ...(isResource && { object: objectOf(request) }),
    ...(userAgent !== undefined && { userAgent: scrub(userAgent, MAX_USER_AGENT) }),
    ...(clientAddress !== undefined && { clientAddress }),
    ...(traceId !== undefined && { traceId }),
    ...(count !== undefined && { count }),
  };
  // What was said after a body had been looked at may quote it.
  return refusal ? { ...seen, refusal: seenRefusal(refusal, seen, requestBytes > 0) } : seen;
}

/** @param mayQuoteBody whether anything of a body was known to whoever made the error */
export function seenRefusal(
  error: KubeError,
  seen: Pick<SeenRequest, 'user' | 'object' | 'verb' | 'path'>,
  mayQuoteBody: boolean,
): SeenRefusal {
  const { reason, code, details } = error;
  const { object, user } = seen;
  const subresource = object?.subresource === undefined ? [] : [object.subresource, `${object.resource}/${object.subresource}`];
  const known = new Set(
    [
      ...[user?.username, object?.resource, object?.name, object?.namespace, object?.apiGroup ?? '', seen.verb, seen.path],
      ...[details?.name, details?.kind, ...subresource],
    ].filter((word) => word !== undefined),
  );
  const isStrict = mayQuoteBody || mayQuote(reason);
  return { reason, code, message: safeMessage(error.message, known, isStrict), ...(details && { details: safeDetails(details) }) };
}

/** Of causes only which field it is, and what kind of fault: their messages quote values. */
function safeDetails({ name, group, kind, uid, causes, retryAfterSeconds }: StatusDetails): StatusDetails {
  return {
    ...(name !== undefined && { name: scrub(name, MAX_NAME) }),
    ...(group !== undefined && { group: scrub(group, MAX_NAME) }),
    ...(uid !== undefined && { uid: scrub(uid, MAX_NAME) }),
    ...(kind !== undefined && { kind: scrub(kind, MAX_NAME) }),
    ...(causes && {
      causes: causes.slice(0, MAX_CAUSES).map(({ reason, field }) => ({
        ...(reason !== undefined && { reason }),
        message: '…',
        ...(field !== undefined && { field: scrub(field.replace(/[["'].*$/s, '[…]'), MAX_NAME) }),
      })),
    }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function userOf(identity: Identity): SeenUser {
  const { user, groups } = identity;
  const { uid, extra } = identity.role === 'tenant' ? identity : {};
  return {
    username: user.slice(0, MAX_NAME),
    ...(uid !== undefined && { uid: uid.slice(0, MAX_NAME) }),
    ...(groups.length > 0 && { groups: groups.slice(0, MAX_GROUPS).map((group) => group.slice(0, MAX_NAME)) }),
    ...(extra && { extra: safeExtra(extra) }),
  };
}

/** Of whom the client wants to be, that is for it to say: it may be anything. */
function hiddenExtra(extra: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.keys(extra)
      .slice(0, MAX_GROUPS)
      .map((key) => [scrub(key, MAX_NAME), [REDACTED]]),
  );
}

function safeExtra(extra: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  const entries = Object.entries(extra).slice(0, MAX_GROUPS);
  return Object.fromEntries(
    entries.map(([key, values]) => [scrub(key, MAX_NAME), values.slice(0, MAX_GROUPS).map((value) => scrub(value, MAX_NAME))]),
  );
}

function objectOf({ group, version, resource, namespace, name, subresource }: Extract<RequestInfo, { type: 'resource' }>): SeenObject {
  const clean = (text: string) => scrub(text, MAX_NAME);
  const home = namespace ?? (group === '' && resource === 'namespaces' ? name : undefined);
  return {
    resource: clean(resource),
    // A namespace is in itself, to Kubernetes.
    ...(home !== undefined && { namespace: clean(home) }),
    ...(name !== undefined && { name: clean(name) }),
    ...(group !== '' && { apiGroup: clean(group) }),
    apiVersion: clean(version),
    ...(subresource !== undefined && { subresource: clean(subresource) }),
  };
}

/** What was refused before it was read, and what the operator asks. */
function tryToRead(method: string | undefined, target: string | undefined): RequestInfo | undefined {
  if (method === undefined || target === undefined) return undefined;
  const { path, query } = splitTarget(target);
  try {
    return parseRequest(method, path, query);
  } catch (thrown) {
    if (thrown instanceof KubeError) return undefined;
    throw thrown;
  }
}

/**
 * What a request asks for: the grammar of k8s.io/apiserver/pkg/endpoints/request.RequestInfo, on paths that are in
 * canonical form only. Pure; names are the client's.
 */
import { KubeError, methodNotAllowed } from '../errors.ts';
import { splitCanonicalPath } from './canonical-path.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** Those that change something. */
export const WRITE_VERBS: ReadonlySet<string> = new Set<Verb>(['create', 'update', 'patch', 'delete', 'deletecollection']);

export interface ResourceRequest {
  readonly type: 'resource';
  readonly verb: Verb;
  /** '' for core. */
  readonly group: string;
  readonly version: string;
  /** Undefined for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What follows the sub-resource, as it was sent, with its leading slash: only proxies have it. '' otherwise. */
  readonly rest: string;
}

export interface NonResourceRequest {
  readonly type: 'nonResource';
  readonly path: string;
}

export type RequestInfo = ResourceRequest | NonResourceRequest;

/** Sub-resources of a namespace itself: `namespaces/x/status` is no namespaced kind called `status`. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * @param method HTTP method
 * @param path   the request target without its query, as sent
 * @param query  its parsed query
 * @throws KubeError BadRequest (not canonical), NotFound (no such form of path), MethodNotAllowed
 */
export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const { segments, rest } = splitCanonicalPath(path);
  const groupVersion = groupVersionOf(segments);
  if (!groupVersion) return { type: 'nonResource', path };
  const { group, version } = groupVersion;
  const parts = groupVersion.rest;
  if (parts.length === 0) return { type: 'nonResource', path };
  // The deprecated prefixes /api/v1/watch/… and /api/v1/proxy/… are other spellings of what is served in full elsewhere.
  if (parts[0] === 'watch' || parts[0] === 'proxy') throw new KubeError('NotFound', 'the server could not find the requested resource');

  let namespace: string | undefined;
  let target = parts;
  if (parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!)) {
    namespace = parts[1];
    target = parts.slice(2);
  }
  const [resource, name, subresource, ...surplus] = target;
  if (surplus.length > 0) throw new KubeError('NotFound', 'the server could not find the requested resource');
  return { type: 'resource', verb: verbOf(method, name, query), group, version, namespace, resource: resource!, name, subresource, rest };
}

function groupVersionOf(segments: readonly string[]): { group: string; version: string; rest: string[] } | undefined {
  if (segments[0] === 'api' && segments.length >= 2) return { group: '', version: segments[1]!, rest: segments.slice(2) };
  if (segments[0] === 'apis' && segments.length >= 3) return { group: segments[1]!, version: segments[2]!, rest: segments.slice(3) };
  return undefined;
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): Verb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (name !== undefined) return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      throw methodNotAllowed();
  }
}

/** A boolean of a query as apimachinery converts it: present and neither "false" nor "0". */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

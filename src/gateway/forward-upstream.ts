import { randomBytes } from 'node:crypto';
import { nameOfCollection } from '../collections/collection.ts';
import type { CursorSealer } from '../collections/cursor.ts';
import { KubeError } from '../errors.ts';
import { encodeSegment } from '../kube/canonical-path.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import type { Identity } from '../local/local-request.ts';
import { prefixOf, toUpstreamName } from '../names/prefix.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import { TENANT_LABEL } from '../tenants/tenant.ts';
import type { AppliedOver } from '../translate/admission/applied-over.ts';
import type { SharedNames, TranslateContext } from '../translate/context.ts';
import { toUpstreamObjectName } from '../translate/object-name.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import { translateQuery } from '../translate/query.ts';
import { hasPrefixedNames } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { fromUpstreamToken, toUpstreamToken } from '../upstream/continue-token.ts';
import { acceptForUpstream } from './accept.ts';
import type { Decision, RequestHead, Translation } from './decision.ts';
import { impersonate } from './forwarded-headers.ts';
import { HeaderChanges } from './headers.ts';
import { routeOf } from './route.ts';
import { cannotUpgrade, isKeylessWebSocket, isUpgrade } from './upgrade.ts';

export interface ForwardInput {
  readonly request: ResourceRequest;
  readonly row: ResourceRow;
  readonly query: URLSearchParams;
  readonly head: RequestHead;
  readonly identity: Extract<Identity, { role: 'tenant' }>;
  readonly bearerToken: string | undefined;
  /** Of the cluster, for Envoy's routes; undefined: the first. */
  readonly upstreamName?: string | undefined;
  readonly bridge?: BridgeAddress | undefined;
  readonly release: () => void;
  readonly shared?: SharedNames | undefined;
  readonly cursors: CursorSealer;
  readonly appliedOver?: AppliedOver | undefined;
}

/**
 * The request as upstream gets it: path and query built anew from what was parsed, never edited.
 *
 * @throws KubeError BadRequest, NotAcceptable
 */
export function forwardUpstream({
  request,
  row,
  query,
  head,
  identity,
  bearerToken,
  upstreamName,
  bridge,
  release,
  shared,
  cursors,
  appliedOver,
}: ForwardInput): Decision {
  const { tenantId } = identity;
  // What a collection of a cluster-scoped kind is deleted from is chosen by label, and what is answered was the tenant's.
  const deletesOwn = request.verb === 'deletecollection' && hasPrefixedNames(row);
  // Upstream's token for the next page names a namespace; one within a namespace does not.
  const pagesAll = request.verb === 'list' && row.custom === 'own' && request.namespace === undefined;
  const cursorScope = { tenantId, collection: nameOfCollection(request) };
  const translation: Translation = {
    row,
    subresource: request.subresource,
    verb: request.verb,
    filtered: deletesOwn,
    context: {
      tenantId,
      prefix: prefixOf(tenantId),
      foreign: 'cut',
      requestNamespace: request.namespace,
      shared,
      bridge,
      appliedOver,
      sealContinue: pagesAll ? (token) => cursors.seal(fromUpstreamToken(token), cursorScope) : undefined,
    },
  };
  const sub = request.subresource === undefined ? undefined : row.subresources[request.subresource];
  const response = sub?.body === 'stream' ? 'stream' : 'object';
  const changes = new HeaderChanges();
  const upgrade = isUpgrade(head.headers);
  if (upgrade) {
    // The bytes of an upgraded connection are nobody's to read, so only where they are no objects.
    if (response !== 'stream') throw cannotUpgrade();
    // Nothing but the upgrade may be hop-by-hop: CVE-2022-23652.
    changes.set('connection', 'Upgrade');
    // A WebSocket over HTTP/2 has none (RFC 8441, section 5); over HTTP/1.1, as upstream gets it, it has to (RFC 6455, 4.1).
    if (isKeylessWebSocket(head.headers)) changes.set('sec-websocket-key', randomBytes(16).toString('base64'));
    // Without it a refusal comes as JSON, never protobuf: text is all that Envoy's filter can translate. (Kubelets take no JSON for an answer.)
    changes.remove('accept');
  }
  const upstreamQuery = translateQuery(row, request.verb, query, translation.context);
  const continueToken = pagesAll ? upstreamQuery.get('continue') : undefined;
  if (continueToken) upstreamQuery.set('continue', toUpstreamToken(cursors.open(continueToken, cursorScope)));
  if (deletesOwn) selectOwn(upstreamQuery, tenantId);
  const search = upstreamQuery.toString();
  const route = request.verb === 'watch' ? 'watch' : response === 'stream' ? 'stream' : 'upstream';
  changes.set('x-kubezoo-route', routeOf(route, upstreamName));
  changes.set(':path', upstreamPath(request, row, translation.context) + (search && `?${search}`));
  impersonate(changes, head.headers, identity, bearerToken);
  if (response === 'object') {
    changes.set('accept', acceptForUpstream(head.headers.all('accept'), hasProtobuf(row)));
    // What comes back compressed could not be translated.
    changes.remove('accept-encoding');
  }
  const requestBody = requestBodyOf(request, response, head);
  if (requestBody) {
    changes.remove('content-length');
    if (isYaml(requestBody.contentType)) changes.set('content-type', 'application/json');
  }
  return {
    route,
    headers: changes.build(),
    requestBody,
    response: upgrade ? 'upgrade' : response,
    translation,
    tenantId,
    verb: request.verb,
    release,
  };
}

/** A proxied body is somebody else's. */
function requestBodyOf(request: ResourceRequest, response: string, head: RequestHead): Decision['requestBody'] {
  const isRead = request.verb === 'get' || request.verb === 'list' || request.verb === 'watch';
  if (isRead || response === 'stream' || !head.hasBody) return undefined;
  if (head.headers.get('content-encoding')) throw new KubeError('UnsupportedMediaType', 'a compressed body is not supported');
  return { contentType: head.headers.get('content-type') ?? '' };
}

function isYaml(contentType: string): boolean {
  return /^application\/yaml\b/i.test(contentType);
}

function upstreamPath(request: ResourceRequest, row: ResourceRow, context: TranslateContext): string {
  const { tenantId } = context;
  const group = row.custom === 'own' ? toUpstreamName(tenantId, request.group) : request.group;
  const segments = [
    ...(group ? ['apis', group] : ['api']),
    request.version,
    ...(request.namespace === undefined ? [] : ['namespaces', toUpstreamName(tenantId, request.namespace)]),
    request.resource,
    ...(request.name === undefined ? [] : [toUpstreamObjectName(row, request.name, context)]),
    ...(request.subresource === undefined ? [] : [request.subresource]),
  ];
  return `/${segments.map(encodeSegment).join('/')}${request.rest}`;
}

/** All that a selector demands must hold, so one more demand can only leave out. Upstream reads the first of several. */
function selectOwn(query: URLSearchParams, tenantId: string): void {
  const asked = query.get('labelSelector');
  query.set('labelSelector', [`${TENANT_LABEL}=${tenantId}`, ...(asked ? [asked] : [])].join(','));
}

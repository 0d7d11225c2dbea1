/** What a client asks before anything else: which groups, resources and schemas there are. Static, built once. */
import type { ServerResponse } from 'node:http';
import { methodNotAllowed } from '../errors.ts';
import { type Negotiated, negotiate, type Representation } from '../kube/negotiate.ts';
import { jsonText, sendText, type Text } from '../local/answer.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { TENANT_API_VERSION, TENANT_GROUP, TENANT_VERSION } from '../tenants/tenant.ts';
import { TENANT_CERTIFICATE, TENANT_REVOCATION } from './credentials/schemas.ts';
import { openApiV2, openApiV3 } from './openapi.ts';

const AGGREGATED: readonly Representation[] = ['v2', 'v2beta1'].map((version) => ({
  group: 'apidiscovery.k8s.io',
  version,
  kind: 'APIGroupDiscoveryList',
}));
const GROUP_PATH = `/apis/${TENANT_GROUP}`;
const VERSION_PATH = `${GROUP_PATH}/${TENANT_VERSION}`;
const OPENAPI_V3_PATH = `/openapi/v3${VERSION_PATH}`;

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];
const GROUP_VERSION = { groupVersion: TENANT_API_VERSION, version: TENANT_VERSION };
const GROUP = { name: TENANT_GROUP, versions: [GROUP_VERSION], preferredVersion: GROUP_VERSION };
const RESPONSE_KIND = { group: TENANT_GROUP, version: TENANT_VERSION, kind: 'Tenant' };

/** Sub-resources of other kinds. */
const CREATED = [
  { subresource: 'certificates', kind: TENANT_CERTIFICATE.kind },
  { subresource: 'revocations', kind: TENANT_REVOCATION.kind },
];

interface Document {
  /** Of an aggregated discovery document, else the same whatever is asked for. */
  text(form: Negotiated): Text;
  readonly as: readonly Representation[];
}

const plain = (value: object): Document => {
  const text = jsonText(value);
  return { text: () => text, as: [] };
};

const aggregated = (legacy: object, items: readonly object[]): Document => {
  const plainText = jsonText(legacy);
  const texts = new Map(AGGREGATED.map((as) => [as, aggregatedText(as, items)]));
  return { text: ({ as }) => (as && texts.get(as)) ?? plainText, as: AGGREGATED };
};

const DOCUMENTS: ReadonlyMap<string, Document> = new Map([
  ['/api', aggregated({ kind: 'APIVersions', versions: [], serverAddressByClientCIDRs: [] }, [])],
  ['/apis', aggregated({ kind: 'APIGroupList', apiVersion: 'v1', groups: [GROUP] }, [aggregatedGroup()])],
  [GROUP_PATH, plain({ kind: 'APIGroup', apiVersion: 'v1', ...GROUP })],
  [VERSION_PATH, plain(resourceList())],
  ['/openapi/v2', plain(openApiV2())],
  ['/openapi/v3', plain({ paths: { [VERSION_PATH.slice(1)]: { serverRelativeURL: OPENAPI_V3_PATH } } })],
  [OPENAPI_V3_PATH, plain(openApiV3())],
]);

/** Answers when the path is one of them; returns false when it is not. @throws KubeError MethodNotAllowed, NotAcceptable */
export function sendDocument(request: LocalRequest, response: ServerResponse): boolean {
  const document = DOCUMENTS.get(request.path.replace(/\/$/, ''));
  if (!document) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw methodNotAllowed();
  }
  const form = negotiate(request.headers.accept, { mediaTypes: ['application/json'], as: document.as });
  sendText(request, response, document.text(form), { vary: 'Accept' });
  return true;
}

function aggregatedText({ group, version, kind }: Representation, items: readonly object[]): Text {
  const document = { kind, apiVersion: `${group}/${version}`, metadata: {}, items };
  // client-go takes the answer for a legacy one unless these parameters come back.
  return jsonText(document, `application/json;g=${group};v=${version};as=${kind}`);
}

function aggregatedGroup(): object {
  const status = { subresource: 'status', responseKind: RESPONSE_KIND, verbs: STATUS_VERBS };
  const resource = {
    resource: 'tenants',
    responseKind: RESPONSE_KIND,
    scope: 'Cluster',
    singularResource: 'tenant',
    verbs: VERBS,
    subresources: [
      status,
      ...CREATED.map(({ subresource, kind }) => ({ subresource, responseKind: { ...RESPONSE_KIND, kind }, verbs: ['create'] })),
    ],
  };
  return { metadata: { name: TENANT_GROUP }, versions: [{ version: TENANT_VERSION, resources: [resource], freshness: 'Current' }] };
}

function resourceList(): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: TENANT_API_VERSION,
    resources: [
      { name: 'tenants', singularName: 'tenant', namespaced: false, kind: 'Tenant', verbs: VERBS },
      { name: 'tenants/status', singularName: '', namespaced: false, kind: 'Tenant', verbs: STATUS_VERBS },
      ...CREATED.map(({ subresource, kind }) => ({
        ...{ name: `tenants/${subresource}`, singularName: '', namespaced: false, kind },
        verbs: ['create'],
      })),
    ],
  };
}

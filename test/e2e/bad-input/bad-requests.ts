/** Requests that a tenant must not get through with, as data: what is sent, and the Status that comes back. */
import type { RawRequest } from './send-request.ts';

export interface BadRequest extends RawRequest {
  readonly title: string;
  readonly code: number;
  readonly reason: string;
  readonly message?: RegExp;
  /**
   * Upstream has the same request: `answer`, its answer is the same in code, reason and message; `code`, in code and
   * reason, as the message is worded by a parser.
   */
  readonly likeUpstream?: 'answer' | 'code';
  /** A name of somebody else's that the request holds, so that the answer may repeat it. */
  readonly echoes?: true;
}

/** A namespace that both the tenant and upstream have. */
export const NAMESPACE = 'bad-input';
/** A namespace of another tenant's, in upstream's spelling. */
export const FOREIGN = 'demo02-default';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const configMap = (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
const type = (contentType: string) => [['Content-Type', contentType]] as const;
const post = (path: string, body: unknown, headers?: RawRequest['headers']) => ({
  method: 'POST',
  path,
  body,
  ...(headers && { headers }),
});

const badRequest = { code: 400, reason: 'BadRequest' };
const notFound = { code: 404, reason: 'NotFound' };
const notAllowed = { code: 405, reason: 'MethodNotAllowed' };
const forbidden = { code: 403, reason: 'Forbidden' };
const unsupported = { code: 415, reason: 'UnsupportedMediaType' };
const invalid = { code: 422, reason: 'Invalid' };

export const BODIES: readonly BadRequest[] = [
  { title: 'malformed JSON', ...post(CONFIG_MAPS, '{"kind":"ConfigMap","metadata":{"name":'), ...badRequest, likeUpstream: 'code' },
  { title: 'JSON with something behind it', ...post(CONFIG_MAPS, '{"kind":"ConfigMap"} {}'), ...badRequest, likeUpstream: 'code' },
  { title: 'text that is no JSON', ...post(CONFIG_MAPS, 'hello'), ...badRequest, likeUpstream: 'code' },
  {
    title: 'malformed YAML',
    ...post(CONFIG_MAPS, 'kind: ConfigMap\nmetadata: [{', type('application/yaml')),
    ...badRequest,
    likeUpstream: 'code',
  },
  { title: 'an empty body', ...post(CONFIG_MAPS, ''), ...badRequest, likeUpstream: 'code' },
  {
    title: 'JSON nested 20,000 deep',
    ...post(CONFIG_MAPS, `{"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    ...badRequest,
    likeUpstream: 'code',
  },
  {
    title: 'a body over 3 MiB',
    ...post(CONFIG_MAPS, { ...configMap({ name: 'big' }), data: { big: 'x'.repeat(3 * 1024 * 1024) } }),
    code: 413,
    reason: 'RequestEntityTooLarge',
    likeUpstream: 'answer',
  },
  {
    title: 'a protobuf body that is cut off',
    ...post(CONFIG_MAPS, Buffer.from('6b3873000a', 'hex'), type('application/vnd.kubernetes.protobuf')),
    ...badRequest,
    likeUpstream: 'code',
  },
  {
    title: 'a protobuf body without its magic number',
    ...post(CONFIG_MAPS, Buffer.from('0a0474776963', 'hex'), type('application/vnd.kubernetes.protobuf')),
    ...badRequest,
    likeUpstream: 'code',
  },
  {
    title: 'a patch in protobuf',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/here`,
    body: Buffer.from('6b387300', 'hex'),
    headers: type('application/vnd.kubernetes.protobuf'),
    ...unsupported,
    likeUpstream: 'code',
  },
  { title: 'a CBOR body', ...post(CONFIG_MAPS, Buffer.from('d9d9f7a0', 'hex'), type('application/cbor')), ...unsupported },
  {
    title: 'a CBOR patch',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/here`,
    body: Buffer.from('d9d9f7a0', 'hex'),
    headers: type('application/apply-patch+cbor'),
    ...unsupported,
  },
  { title: 'a body of another type', ...post(CONFIG_MAPS, 'hello', type('text/plain')), ...unsupported, likeUpstream: 'code' },
  { title: 'a patch of no type', method: 'PATCH', path: `${CONFIG_MAPS}/here`, body: {}, ...unsupported, likeUpstream: 'code' },
  { title: 'a compressed body', ...post(CONFIG_MAPS, 'x', [...type('application/json'), ['Content-Encoding', 'gzip']]), ...unsupported },
  {
    title: 'a JSON patch that is no list',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/here`,
    body: {},
    headers: type('application/json-patch+json'),
    ...badRequest,
    likeUpstream: 'code',
  },
  {
    title: 'another kind than the path’s',
    ...post(CONFIG_MAPS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
    ...badRequest,
    likeUpstream: 'answer',
  },
];

export const NAMES: readonly BadRequest[] = [
  {
    title: 'a namespace whose name is too long for its prefix',
    ...post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n'.repeat(57) } }),
    ...invalid,
    message: /^Namespace "n{57}" is invalid: metadata\.name: .*\b56\b/,
  },
  {
    title: 'an object in such a namespace',
    ...post(`/api/v1/namespaces/${'n'.repeat(60)}/configmaps`, configMap({ name: 'x' })),
    ...notFound,
    message: /^namespaces "n{60}" not found$/,
    likeUpstream: 'answer',
  },
  {
    title: 'a PersistentVolume whose name is too long for its prefix',
    ...post('/api/v1/persistentvolumes', { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v'.repeat(250) } }),
    ...invalid,
    message: /metadata\.name: .*\b246\b/,
  },
  {
    title: 'a missing namespace',
    ...post('/api/v1/namespaces/nowhere/configmaps', configMap({ name: 'x' })),
    ...notFound,
    likeUpstream: 'answer',
  },
  { title: 'an unknown group', path: '/apis/nowhere.example/v1/things', ...notFound },
  { title: 'an unknown version', path: '/apis/apps/v9/deployments', ...notFound },
  { title: 'an unknown resource', path: `/api/v1/namespaces/${NAMESPACE}/things`, ...notFound, likeUpstream: 'answer' },
  { title: 'an unknown sub-resource', path: `${CONFIG_MAPS}/here/things`, ...notFound, likeUpstream: 'answer' },
  {
    title: 'an object under another name',
    method: 'PUT',
    path: `${CONFIG_MAPS}/here`,
    body: configMap({ name: 'there' }),
    ...badRequest,
    likeUpstream: 'answer',
  },
  {
    title: 'an object in another namespace',
    ...post(CONFIG_MAPS, configMap({ name: 'x', namespace: 'default' })),
    ...badRequest,
    likeUpstream: 'answer',
  },
];

export const PATHS: readonly BadRequest[] = [
  ...[
    `/api/v1/namespaces/${NAMESPACE}/../${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/./configmaps`,
    `/api/v1//namespaces/${NAMESPACE}/configmaps`,
    `//api/v1/namespaces/${NAMESPACE}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/configmaps/`,
    `/api/v1/namespaces/${NAMESPACE}/%2e%2e/${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/%2E/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}%2f..%2f${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}%2Fconfigmaps`,
    '/api/v1/%6eamespaces',
    `/api/v1/namespaces/bad%2Dinput/configmaps`,
    `${CONFIG_MAPS}/here%00`,
    `${CONFIG_MAPS}/here%0a`,
    `${CONFIG_MAPS}/here%zz`,
    `${CONFIG_MAPS}/%ff`,
    '/api/v1/namespaces/%252e%252e/../configmaps',
  ].map((path) => ({ title: path, path, ...badRequest, message: /canonical/ })),
  { title: 'legacy watch of a namespace', path: `/api/v1/watch/namespaces/${NAMESPACE}/configmaps`, ...notFound },
  { title: 'legacy watch of everything', path: '/api/v1/watch/configmaps', ...notFound },
  { title: 'legacy watch of a group', path: '/apis/apps/v1/watch/deployments', ...notFound },
  { title: 'legacy proxy', path: '/api/v1/proxy/namespaces/default/services/kubernetes', ...notFound },
];

export const PLACES: readonly BadRequest[] = [
  {
    title: 'a pod of no namespace',
    ...post('/api/v1/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }),
    ...notAllowed,
    likeUpstream: 'answer',
  },
  { title: 'all pods of all namespaces, deleted', method: 'DELETE', path: '/api/v1/pods', ...notAllowed, likeUpstream: 'answer' },
  { title: 'all persistent volumes, deleted', method: 'DELETE', path: '/api/v1/persistentvolumes', ...notAllowed },
  { title: 'all namespaces, deleted', method: 'DELETE', path: '/api/v1/namespaces', ...notAllowed, likeUpstream: 'code' },
  { title: 'a namespaced path of a cluster-scoped kind', path: `/api/v1/namespaces/${NAMESPACE}/persistentvolumes`, ...notFound },
  { title: 'OPTIONS', method: 'OPTIONS', path: CONFIG_MAPS, ...notAllowed },
  { title: 'a node’s proxy', path: '/api/v1/nodes/any/proxy/metrics', ...notFound },
  {
    title: 'a node’s status',
    method: 'PATCH',
    path: '/api/v1/nodes/any/status',
    body: {},
    headers: type('application/merge-patch+json'),
    ...notFound,
  },
  { title: 'a new node', ...post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' } }), ...forbidden },
  {
    title: 'a binding',
    ...post(`/api/v1/namespaces/${NAMESPACE}/bindings`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'x' },
      target: { name: 'n' },
    }),
    ...forbidden,
  },
  {
    title: 'a pod’s binding',
    ...post(`/api/v1/namespaces/${NAMESPACE}/pods/x/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'x' },
      target: { name: 'n' },
    }),
    ...forbidden,
  },
  { title: 'a namespace, finalized', method: 'PUT', path: `/api/v1/namespaces/${NAMESPACE}/finalize`, body: {}, ...forbidden },
  {
    title: 'a validating webhook',
    ...post('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', { metadata: { name: 'x' } }),
    ...forbidden,
  },
  { title: 'an aggregated API', ...post('/apis/apiregistration.k8s.io/v1/apiservices', { metadata: { name: 'x' } }), ...forbidden },
  { title: 'tenants, listed by a tenant', path: '/apis/tenant.kubezoo.io/v1alpha1/tenants', ...notFound },
  {
    title: 'a tenant, made by a tenant',
    ...post('/apis/tenant.kubezoo.io/v1alpha1/tenants', { metadata: { name: 'qxzdd4' } }),
    ...notFound,
  },
  {
    title: 'an upgrade of what is no stream',
    path: CONFIG_MAPS,
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ],
    ...badRequest,
  },
  {
    title: 'a continue token of one’s own making',
    path: `/api/v1/configmaps?limit=1&continue=${Buffer.from(`{"v":"meta.k8s.io/v1","rv":1,"start":"${FOREIGN}/"}`).toString('base64url')}`,
    ...badRequest,
  },
];

export const OTHERS_NAMES: readonly BadRequest[] = [
  { title: 'another tenant’s namespace, read', path: `/api/v1/namespaces/${FOREIGN}`, ...notFound, echoes: true },
  { title: 'another tenant’s namespace, deleted', method: 'DELETE', path: `/api/v1/namespaces/${FOREIGN}`, ...notFound, echoes: true },
  { title: 'an object in it, read', path: `/api/v1/namespaces/${FOREIGN}/configmaps/kube-root-ca.crt`, ...notFound, echoes: true },
  {
    title: 'an object in it, made',
    ...post(`/api/v1/namespaces/${FOREIGN}/configmaps`, configMap({ name: 'x' })),
    ...notFound,
    echoes: true,
  },
  {
    title: 'another tenant’s namespace in the body',
    ...post(CONFIG_MAPS, configMap({ name: 'x', namespace: FOREIGN })),
    ...badRequest,
    likeUpstream: 'answer',
    echoes: true,
  },
];

/** Bodies that two parsers could read differently; each answer is upstream's own, and nothing comes into being elsewhere. */
export const AMBIGUOUS: readonly { readonly title: string; readonly body: string }[] = [
  {
    title: 'a namespace twice, the other tenant’s last',
    body: metadata(`"name":"twice","namespace":"${NAMESPACE}","namespace":"${FOREIGN}"`),
  },
  {
    title: 'a namespace twice, the other tenant’s first',
    body: metadata(`"name":"twice","namespace":"${FOREIGN}","namespace":"${NAMESPACE}"`),
  },
  { title: 'a namespace in an escaped key', body: metadata(`"name":"twice","name\\u0073pace":"${FOREIGN}"`) },
  { title: 'a namespace in another spelling', body: metadata(`"name":"twice","Namespace":"${FOREIGN}"`) },
  {
    title: 'metadata twice',
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"metadata":{"name":"twice","namespace":"${FOREIGN}"}}`,
  },
  {
    title: 'metadata in another spelling',
    body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"Metadata":{"name":"twice","namespace":"${FOREIGN}"}}`,
  },
];

function metadata(fields: string): string {
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{${fields}}}`;
}

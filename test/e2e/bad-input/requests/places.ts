import {
  type BadRequest,
  badRequest,
  CONFIG_MAPS,
  contentType,
  FOREIGN,
  forbidden,
  NAMESPACE,
  notAllowed,
  notFound,
  post,
} from '../bad-request.ts';

/** Places that a tenant does not get to. */
export const PLACES: readonly BadRequest[] = [
  {
    title: 'a pod of no namespace',
    ...post('/api/v1/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }),
    ...notAllowed,
    likeUpstream: 'answer',
  },
  { title: 'all pods of all namespaces, deleted', method: 'DELETE', path: '/api/v1/pods', ...notAllowed, likeUpstream: 'answer' },
  { title: 'all namespaces, deleted', method: 'DELETE', path: '/api/v1/namespaces', ...notAllowed, likeUpstream: 'code' },
  { title: 'a namespaced path of a cluster-scoped kind', path: `/api/v1/namespaces/${NAMESPACE}/persistentvolumes`, ...notFound },
  { title: 'OPTIONS', method: 'OPTIONS', path: CONFIG_MAPS, ...notAllowed },
  {
    title: 'a review, to be upgraded to another protocol',
    ...post('/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'SPDY/3.1'],
      ['Content-Type', 'application/json'],
    ],
    ...badRequest,
  },
  { title: 'a node’s proxy', path: '/api/v1/nodes/any/proxy/metrics', ...notFound },
  {
    title: 'a node’s status',
    method: 'PATCH',
    path: '/api/v1/nodes/any/status',
    body: {},
    headers: contentType('application/merge-patch+json'),
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
    title: 'a webhook at an address',
    ...post('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      metadata: { name: 'x' },
      webhooks: [
        { name: 'x.example.com', clientConfig: { url: 'https://192.0.2.1/' }, sideEffects: 'None', admissionReviewVersions: ['v1'] },
      ],
    }),
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

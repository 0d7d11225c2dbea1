const DEFAULT = '/api/v1/namespaces/default';
const CONFIG_MAPS = `${DEFAULT}/configmaps`;
const PODS = `${DEFAULT}/pods`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

const patch = (path: string, contentType: string, body: unknown): Ask => ({ method: 'PATCH', path, body, contentType });

/** Every way to write, or to enter a container. `held` is a pod, `there` a ConfigMap. */
export const WRITES: readonly Ask[] = [
  { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'new' } } },
  { method: 'POST', path: `${CONFIG_MAPS}?dryRun=All`, body: { metadata: { name: 'new' } } },
  { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'new' } } },
  { method: 'POST', path: `${RBAC}/clusterroles`, body: { metadata: { name: 'new' }, rules: [] } },
  { method: 'POST', path: '/apis/acme.io/v1/namespaces/default/widgets', body: { metadata: { name: 'new' } } },
  { method: 'PUT', path: `${CONFIG_MAPS}/there`, body: { metadata: { name: 'there' } } },
  patch(`${CONFIG_MAPS}/there`, 'application/merge-patch+json', { data: { a: 'b' } }),
  patch(`${CONFIG_MAPS}/there`, 'application/json-patch+json', [{ op: 'add', path: '/data', value: {} }]),
  patch(`${CONFIG_MAPS}/there?fieldManager=x`, 'application/apply-patch+yaml', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'there' },
  }),
  patch(`${PODS}/held/status`, 'application/merge-patch+json', { status: {} }),
  patch(`${PODS}/held/ephemeralcontainers`, 'application/strategic-merge-patch+json', { spec: {} }),
  { method: 'DELETE', path: `${CONFIG_MAPS}/there` },
  { method: 'DELETE', path: `${CONFIG_MAPS}/there?dryRun=All` },
  { method: 'DELETE', path: CONFIG_MAPS },
  { method: 'DELETE', path: `${RBAC}/clusterroles` },
  { method: 'POST', path: `${PODS}/held/eviction`, body: { metadata: { name: 'held' } } },
  { method: 'POST', path: `${PODS}/held/binding`, body: { target: { name: 'n' } } },
  { method: 'POST', path: `${DEFAULT}/serviceaccounts/default/token`, body: { spec: {} } },
  { method: 'GET', path: `${PODS}/held/exec?command=ls` },
  { method: 'POST', path: `${PODS}/held/exec?command=ls` },
  { method: 'GET', path: `${PODS}/held/attach` },
  { method: 'POST', path: `${PODS}/held/portforward?ports=80` },
  { method: 'GET', path: `${PODS}/held/proxy/` },
  { method: 'GET', path: `${DEFAULT}/services/kubernetes/proxy/` },
  { method: 'DELETE', path: `${PODS}/held/proxy/x` },
];

const review = (kind: string, spec: object) => ({
  method: 'POST',
  path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
  body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
});

/** What changes nothing, and is answered all the same. */
export const READS: readonly Ask[] = [
  { method: 'GET', path: CONFIG_MAPS },
  { method: 'GET', path: `${CONFIG_MAPS}/there` },
  { method: 'GET', path: '/api/v1/configmaps' },
  { method: 'GET', path: `${RBAC}/clusterroles` },
  { method: 'GET', path: `${PODS}/held/status` },
  { method: 'GET', path: '/api' },
  { method: 'GET', path: '/apis' },
  { method: 'GET', path: '/openapi/v3' },
  { method: 'GET', path: '/version' },
  review('SelfSubjectAccessReview', { resourceAttributes: { verb: 'get', resource: 'pods' } }),
  review('SelfSubjectRulesReview', { namespace: 'default' }),
  { method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {} },
  { method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body: { spec: { token: 'x' } } },
];

/** Something secret in every place of a request that there is. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KubeRequestOptions } from '../../../src/launch/kube/kube-client.ts';

export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly options?: KubeRequestOptions;
}

/** Hands out words that nobody else has written, and remembers them. */
export class Secrets {
  readonly all: string[] = [];

  /** As tokens are that say nothing. */
  word(place: string): string {
    const word = createHash('sha256').update(place).digest('hex').slice(0, 32);
    this.all.push(word);
    return word;
  }

  /** A JSON web token: base64 of JSON, then a signature. */
  jwt(place: string): string {
    const signature = createHash('sha512').update(place).digest('base64url');
    this.all.push(signature);
    return `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: place })).toString('base64url')}.${signature}`;
  }

  /** Of files that hold keys or certificates: each line of their bodies, and of their base64. */
  fromPem(text: string): string {
    const lines = text.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----'));
    this.all.push(...lines);
    return text;
  }
}

/** A tenant's attempts; most of them are refused. */
export function attemptsOfTenant(secrets: Secrets): Attempt[] {
  const w = (place: string) => secrets.word(place);
  const ns = '/api/v1/namespaces/default';
  const query = (path: string, fields: Record<string, string>): Attempt => ({
    method: 'GET',
    path: `${path}?${new URLSearchParams(fields)}`,
  });
  const post = (path: string, body: unknown, options: KubeRequestOptions = {}): Attempt => ({
    method: 'POST',
    path,
    options: { body, ...options },
  });
  const raw = (method: string, path: string, text: string, contentType: string): Attempt => ({
    method,
    path,
    options: { text, contentType },
  });
  return [
    // The query, of what is refused and of what is not.
    query('/api/v1/nodes/n', { token: w('token'), access_token: w('access_token') }),
    { method: 'GET', path: `/api/v1/nodes/n?${w('a parameter without a value')}` },
    query(`${ns}/pods`, { labelSelector: `password=${w('label selector')}`, fieldSelector: `metadata.name=${w('field selector')}` }),
    query(`${ns}/pods`, { continue: w('continue'), limit: w('limit'), resourceVersion: w('resourceVersion'), watch: w('watch') }),
    query(`${ns}/pods`, { labelSelector: `!!${w('bad label selector')}`, timeoutSeconds: w('timeoutSeconds') }),
    query(`${ns}/pods`, { fieldSelector: w('bad field selector') }),
    { method: 'POST', path: `${ns}/pods/p/exec?command=sh&command=${w('command')}&container=${w('container')}&stdin=true` },
    query('/api/v1/pods', { continue: w('continue of all'), labelSelector: w('selector of all') }),
    post(`/api/v1/nodes?fieldManager=${w('manager')}&dryRun=${w('dry run')}`, { kind: 'Node', apiVersion: 'v1' }),
    // Paths that are nobody's, or somebody else's.
    { method: 'GET', path: `/${w('root')}/${w('below')}` },
    { method: 'GET', path: `/login/${w('below a word')}` },
    { method: 'GET', path: `${ns}/services/s/proxy/reset/${w('proxied path')}?key=${w('proxied query')}` },
    { method: 'GET', path: `/api/v1//namespaces/default/services/s/proxy/${w('proxied path that is not canonical')}` },
    { method: 'GET', path: `/api/v1/nodes/n/proxy/${w('proxied path of a node')}` },
    // Headers.
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { authorization: `Bearer ${w('bearer beside a certificate')}` } } },
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { cookie: `session=${w('cookie')}`, 'x-api-key': w('api key') } } },
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { 'user-agent': `curl/8 (token=${w('user agent')})` } } },
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { 'user-agent': `x ${secrets.jwt('user agent')}` } } },
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { 'audit-id': w('audit id'), 'x-request-id': w('request id') } } },
    { method: 'GET', path: '/api/v1/nodes/n', options: { headers: { accept: `application/${w('accept')}` } } },
    {
      method: 'GET',
      path: '/api/v1/nodes/n',
      options: { headers: { 'impersonate-user': 'jane', 'impersonate-extra-scopes': w('extra'), 'impersonate-group': 'tenant-admins' } },
    },
    // Bodies: good ones, refused ones, and those that are no objects.
    post(`${ns}/secrets`, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'kept' }, stringData: { password: w('a secret') } }),
    post(`${ns}/secrets`, {
      kind: w('kind'),
      apiVersion: 'v1',
      metadata: { name: 'x' },
      stringData: { password: w('a secret of no kind') },
    }),
    post('/api/v1/nodes', { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n', annotations: { password: w('a node') } } }),
    raw('POST', `${ns}/secrets`, `{"password": "${w('no JSON')}`, 'application/json'),
    raw('POST', `${ns}/secrets`, `${w('nothing but a word')}`, 'application/json'),
    raw('POST', `${ns}/secrets`, `a: b: ${w('no YAML')}\n- ${w('no YAML either')}`, 'application/yaml'),
    raw('POST', `${ns}/secrets`, w('a form'), `application/${w('content type')}`),
    raw('PATCH', `${ns}/secrets/kept`, `[{"op":"${w('op')}","path":"${w('pointer')}"}]`, 'application/json-patch+json'),
    raw('PATCH', `${ns}/secrets/kept`, `{"stringData":{"password":"${w('merge patch')}"}}`, 'application/merge-patch+json'),
    post('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      ...{ kind: 'CertificateSigningRequest', apiVersion: 'certificates.k8s.io/v1', metadata: { name: 'r' } },
      spec: { signerName: `kubernetes.io/${w('signer')}`, request: w('request'), usages: ['client auth'] },
    }),
    post('/apis/authentication.k8s.io/v1/tokenreviews', {
      ...{ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: secrets.jwt('token review') } },
    }),
    raw('POST', '/apis/authentication.k8s.io/v1/tokenreviews', `{"spec": {"token": "${w('broken token review')}`, 'application/json'),
    post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      ...{ kind: 'ClusterRoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'b' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: `${w('subject')}/!` }],
    }),
    post('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      ...{ kind: 'ValidatingWebhookConfiguration', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'w' } },
      webhooks: [
        { name: 'a.b.c', clientConfig: { url: `ftp://user:${w('webhook')}@host/` }, sideEffects: 'None', admissionReviewVersions: ['v1'] },
      ],
    }),
    post('/apis/tenant.kubezoo.io/v1alpha1/tenants', { kind: 'Tenant', metadata: { name: w('tenant of a tenant') } }),
  ];
}

/** What the operator sends to the Tenant API; `tenantKubeconfig` is full of keys. */
export function attemptsOfOperator(secrets: Secrets, tenantId: string, tenantKubeconfig: string): Attempt[] {
  const w = (place: string) => secrets.word(`operator: ${place}`);
  const api = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
  const kubeconfig = readFileSync(tenantKubeconfig, 'utf8');
  for (const [, data] of kubeconfig.matchAll(/-data"?: "?([A-Za-z0-9+/=]{64,})/g)) {
    secrets.all.push(data!.slice(0, 200), data!.slice(-64));
    secrets.fromPem(Buffer.from(data!, 'base64').toString());
  }
  const encoded = Buffer.from(kubeconfig).toString('base64');
  secrets.all.push(encoded.slice(200, 300));
  const annotations = {
    'kubezoo.io/tenant.kubeconfig.base64': encoded,
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ password: w('last applied') }),
    [w('name of an annotation')]: 'x',
  };
  const named = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: tenantId } };
  const merge = (body: unknown): Attempt => ({
    ...{ method: 'PATCH', path: `${api}/${tenantId}`, options: { body, contentType: 'application/merge-patch+json' } },
  });
  const jsonPatch = (operations: unknown): Attempt => ({
    ...{ method: 'PATCH', path: `${api}/${tenantId}`, options: { body: operations, contentType: 'application/json-patch+json' } },
  });
  return [
    merge({ metadata: { annotations: { note: w('annotation') }, labels: { note: w('label') } } }),
    merge({ metadata: { annotations: { ...annotations, [secrets.all.at(-1)!]: null } } }),
    merge({ spec: { [w('unknown field')]: 1, password: w('unknown value'), limits: { maxRequestsInflight: w('limit') } } }),
    jsonPatch([{ op: 'add', path: '/metadata/annotations/a', value: w('value of an operation') }]),
    jsonPatch([{ op: 'add', path: '/spec/limits', value: { maxRequestsInflight: 10 } }]),
    { method: 'POST', path: api, options: { text: `{"password": "${w('no JSON')}`, contentType: 'application/json' } },
    { method: 'POST', path: api, options: { text: `a: b: ${w('no YAML')}`, contentType: 'application/yaml' } },
    {
      method: 'POST',
      path: `${api}/${tenantId}/certificates`,
      options: { body: { ...named, kind: 'TenantCertificate', spec: { user: 'jane', request: w('certificate request') } } },
    },
    {
      method: 'DELETE',
      path: `${api}/${tenantId}?token=${w('query')}`,
      options: { body: { kind: 'DeleteOptions', preconditions: { uid: 'other' }, token: w('options') } },
    },
  ];
}

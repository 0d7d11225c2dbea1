/** A tenant that does all it can to stay: made through the gateway, but for what only the platform can do. */
import assert from 'node:assert/strict';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Stack } from '../../helpers/stack.ts';
import { SAMPLE_KINDS } from '../kinds/sample-kinds.ts';
import { CLUSTER_LEFTOVERS, NAMESPACED_LEFTOVERS } from './leftovers.ts';

/** Nobody will ever take it off. */
const NEVER = ['example.com/never'];
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = 'application/merge-patch+json';
const MADE_NAMESPACES = Array.from({ length: 13 }, (_, index) => `ns${index}`);

type Write = (method: string, path: string, body?: unknown, contentType?: string) => Promise<void>;

export async function makeHostile(stack: Stack, id: string): Promise<void> {
  const [tenant, platform] = [stack.client({ tenant: id }), stack.client('upstream')];
  try {
    const asTenant = writer(tenant);
    const asPlatform = writer(platform);
    for (const name of MADE_NAMESPACES) await asTenant('POST', '/api/v1/namespaces', { metadata: { name } });
    const account = '/api/v1/namespaces/ns5/serviceaccounts/default';
    await waitUntil('pods to be allowed', async () => (await tenant.request('GET', account)).status === 200, { timeoutMs: 20_000 });
    await leaveBehind(asTenant);
    await defineKinds(asTenant, tenant, id);
    await holdNamespaces(asTenant, asPlatform, id);
    await holdPods(asPlatform, id);
    await breakApi(asPlatform, id);
    // At last, as they forbid all the rest.
    await refuseAll(asTenant);
  } finally {
    tenant.close();
    platform.close();
  }
}

function writer(client: KubeClient): Write {
  return async (method, path, body, contentType) => {
    const answer = await client.request(method, path, { body, ...(contentType && { contentType }) });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
  };
}

/** Some fifty kinds, each with a finalizer. */
async function leaveBehind(write: Write): Promise<void> {
  for (const [index, { base, resource, body }] of NAMESPACED_LEFTOVERS.entries()) {
    const path = `${base}/namespaces/${MADE_NAMESPACES[index % 6]}/${resource}`;
    await write('POST', path, { ...body, metadata: { name: 'left', finalizers: NEVER } });
  }
  for (const { base, resource, body } of CLUSTER_LEFTOVERS) {
    await write('POST', `${base}/${resource}`, { ...body, metadata: { name: 'left', finalizers: NEVER } });
  }
  for (const { kind, base, resource, body, name = 'left', isNamespaced } of SAMPLE_KINDS) {
    if (NAMESPACED_LEFTOVERS.some((leftover) => leftover.resource === resource)) continue;
    const collection = isNamespaced ? `${base}/namespaces/ns1/${resource}` : `${base}/${resource}`;
    const apiVersion = base.replace(/^\/apis?\//, '');
    await write('POST', collection, { apiVersion, kind, ...body, metadata: { name, finalizers: NEVER } });
  }
  // As Kubernetes' own, which never takes it off a ConfigMap; and one that waits for another, which waits for ever.
  const finalizers = ['kubernetes.io/pvc-protection', 'foregroundDeletion'];
  await write('POST', '/api/v1/namespaces/ns2/configmaps', { metadata: { name: 'disguised', finalizers } });
  await write('POST', '/api/v1/namespaces/ns2/configmaps', {
    metadata: { name: 'many', finalizers: [...NEVER, 'acme.io/also'] },
    immutable: true,
  });
}

const schemaOf = (properties: object) => ({ openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } });
const ANY = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

function definition(plural: string, kind: string, spec: object) {
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const versions = [{ name: 'v1', served: true, storage: true, schema: ANY }];
  return {
    metadata: { name: `${plural}.acme.io`, finalizers: NEVER },
    spec: { group: 'acme.io', scope: 'Namespaced', names, versions, ...spec },
  };
}

/** Custom resources that cannot be listed, not be written, not be seen, or whose namespace has gone without them. */
async function defineKinds(write: Write, tenant: KubeClient, id: string): Promise<void> {
  const group = '/apis/acme.io/v1';
  const two = (first: object, second: object) => ({
    versions: [
      { name: 'v1', schema: ANY, ...first },
      { name: 'v2', schema: ANY, ...second },
    ],
  });
  await write('POST', DEFINITIONS, definition('converted', 'Converted', {}));
  await write('POST', DEFINITIONS, definition('unserved', 'Unserved', {}));
  await write('POST', DEFINITIONS, definition('strict', 'Strict', {}));
  await write('POST', DEFINITIONS, definition('global', 'Global', { scope: 'Cluster' }));
  const object = (kind: string, name: string) => ({
    apiVersion: 'acme.io/v1',
    kind,
    metadata: { name, finalizers: NEVER },
    spec: { size: 'large' },
  });
  const made = async (path: string, body: object) => {
    const answer = await tenant.request('POST', path, { body });
    return answer.status === 201;
  };
  const inNamespace = (namespace: string, resource: string) => `${group}/namespaces/${namespace}/${resource}`;
  for (const [path, kind] of [
    [inNamespace('ns3', 'converted'), 'Converted'],
    [inNamespace('ns3', 'unserved'), 'Unserved'],
    [inNamespace('ns3', 'strict'), 'Strict'],
    [`${group}/global`, 'Global'],
  ] as const) {
    await waitUntil(`${kind} to be served`, () => made(path, object(kind, 'a')), { timeoutMs: 20_000 });
  }
  // Gone from its namespace's sight before the namespace goes: it stays in etcd, where no namespace is.
  await write('POST', inNamespace('ns11', 'unserved'), object('Unserved', 'orphan'));
  const unserved = two({ served: false, storage: true }, { served: true, storage: false });
  await write('PATCH', `${DEFINITIONS}/unserved.acme.io`, { spec: { ...unserved, versions: [unserved.versions[0]] } }, MERGE);
  const isHidden = async () => (await tenant.request('GET', inNamespace('ns11', 'unserved'))).status === 404;
  await waitUntil('the version to be served no more', isHidden, { timeoutMs: 20_000 });
  await write('DELETE', '/api/v1/namespaces/ns11');
  const isGone = async () => (await tenant.request('GET', '/api/v1/namespaces/ns11')).status === 404;
  await waitUntil('ns11 to be gone', isGone, { timeoutMs: 30_000 });
  // Objects of yesterday are against today's schema.
  const strict = [{ name: 'v1', served: true, storage: true, schema: { ...schemaOf({ size: { type: 'integer' } }) } }];
  await write('PATCH', `${DEFINITIONS}/strict.acme.io`, { spec: { versions: strict } }, MERGE);
  const service = { namespace: 'ns3', name: 'nobody' };
  const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { service } } };
  const converted = two({ served: true, storage: false }, { served: true, storage: true });
  await write('PATCH', `${DEFINITIONS}/converted.acme.io`, { spec: { ...converted, conversion } }, MERGE);
  const isServed = async () => (await tenant.request('GET', '/apis/acme.io/v2/namespaces/ns3/converted')).status === 200;
  const cannotBeListed = async () => !(await isServed()) && (await tenant.request('GET', '/apis/acme.io/v2')).status === 200;
  await waitUntil(`${id}: conversion to fail`, cannotBeListed, { timeoutMs: 20_000 });
}

async function holdNamespaces(write: Write, platform: Write, id: string): Promise<void> {
  // On its way out, and stuck, when the tenant's deletion begins.
  await write('POST', '/api/v1/namespaces/ns4/configmaps', { metadata: { name: 'hold', finalizers: NEVER } });
  await write('DELETE', '/api/v1/namespaces/ns4');
  await write('PATCH', '/api/v1/namespaces/ns5', { metadata: { finalizers: NEVER } }, MERGE);
  await platform('PUT', `/api/v1/namespaces/${id}-ns6/finalize`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `${id}-ns6` },
    spec: { finalizers: ['kubernetes', 'example.com/never'] },
  });
  // A claim that a pod uses, which nobody ends.
  const owner = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'left',
    uid: '00000000-0000-0000-0000-000000000000',
    blockOwnerDeletion: true,
  };
  await write('POST', '/api/v1/namespaces/ns0/secrets', { metadata: { name: 'owned', finalizers: NEVER, ownerReferences: [owner] } });
}

/** On a node that is gone, with a day to end in. */
async function holdPods(platform: Write, id: string): Promise<void> {
  const name = `${id}-nowhere`;
  await platform('POST', '/api/v1/nodes', { metadata: { name: `node-of-${name}` } });
  const spec = {
    nodeName: `node-of-${name}`,
    terminationGracePeriodSeconds: 86_400,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'c', image: 'example.com/none', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'used' } }],
  };
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  await platform('POST', `/api/v1/namespaces/${id}-ns7/persistentvolumeclaims`, { metadata: { name: 'used' }, spec: claim });
  await platform('POST', `/api/v1/namespaces/${id}-ns7/pods`, { metadata: { name: 'slow', finalizers: NEVER }, spec });
}

/** Of the tenant's own group, as the platform alone could make it. While it is there no namespace of the cluster's ends. */
async function breakApi(platform: Write, id: string): Promise<void> {
  await platform('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: `v1.${id}-broken.io` },
    spec: {
      group: `${id}-broken.io`,
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: `${id}-ns8`, name: 'nobody' },
    },
  });
}

/** Webhooks that nobody answers, and a policy that says no. */
async function refuseAll(write: Write): Promise<void> {
  const operations = ['UPDATE', 'DELETE'];
  const rules = [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations }];
  const clientConfig = { service: { namespace: 'ns8', name: 'nobody' } };
  const webhook = { name: 'no.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 1, clientConfig, rules };
  const policy = { failurePolicy: 'Fail', matchConstraints: { resourceRules: rules }, validations: [{ expression: 'false' }] };
  const metadata = { name: 'no' };
  await write('POST', `${RBAC}/clusterroles`, { metadata: { name: 'last' }, rules: [] });
  await write('POST', `${ADMISSION}/validatingadmissionpolicies`, { metadata, spec: policy });
  await write('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata,
    spec: { policyName: 'no', validationActions: ['Deny'] },
  });
  for (const kind of ['validating', 'mutating'])
    await write('POST', `${ADMISSION}/${kind}webhookconfigurations`, { metadata, webhooks: [webhook] });
}

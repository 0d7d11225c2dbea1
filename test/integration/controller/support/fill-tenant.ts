import { discover } from '../../../../src/upstream/discover.ts';
import type { UpstreamClient } from '../../../../src/upstream/upstream-client.ts';
import { isUpstreamError } from '../../../../src/upstream/upstream-error.ts';
import { eventually } from '../../tenant-api/support/eventually.ts';

/** Makes an object of every sort that a tenant can own upstream, as the gateway would spell it. */
export async function fillTenant(admin: UpstreamClient, id: string, { namespaces }: { namespaces: string[] }): Promise<void> {
  const group = `${id}-acme.io`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await admin.apply(`${rbac}/clusterroles/${id}-role`, { apiVersion, kind: 'ClusterRole', metadata: { name: `${id}-role` }, rules: [] });
  await admin.apply(`${rbac}/clusterrolebindings/${id}-binding`, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${id}-binding` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${id}-role` },
  });
  await admin.apply(`/api/v1/persistentvolumes/${id}-volume`, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${id}-volume` },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], nfs: { server: 's', path: '/' } },
  });
  // Its service answers nobody: it must not keep the namespaces from ending.
  await admin.apply(`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${id}-webhook`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `${id}-webhook` },
    webhooks: [
      {
        name: 'dead.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
        clientConfig: { service: { namespace: `${id}-default`, name: 'gone' } },
        namespaceSelector: { matchLabels: { 'kubezoo.io/tenant': id } },
        rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['DELETE'], scope: 'Namespaced' }],
      },
    ],
  });
  await admin.apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  });
  await eventually(() =>
    admin.apply(`/apis/${group}/v1/widgets/w`, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' } }),
  );
  // Discovery follows a little later.
  await eventually(async () => {
    if (!(await discover(admin)).resources.some((served) => served.group === group)) throw new Error(`${group} is not served yet`);
  });
  for (const namespace of namespaces) {
    await admin.apply(`/api/v1/namespaces/${namespace}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const metadata = { name: 'content', namespace };
    await admin.apply(`/api/v1/namespaces/${namespace}/configmaps/content`, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
}

/** `<resource> <name>`, or `<resource>.<group> <name>` for custom resources, of every cluster-scoped object of which that is wanted. */
export async function namesOf(admin: UpstreamClient, wanted: (name: string) => boolean): Promise<string[]> {
  const names: string[] = [];
  for (const { group, namespaced, verbs, resource, path } of (await discover(admin)).resources) {
    // FlowSchemas, IPAddresses and the like are the apiserver's own, and come and go with it.
    if (namespaced || !verbs.includes('list') || !verbs.includes('delete') || /flowcontrol|apiserver|apiservices|ipaddresses/.test(path))
      continue;
    try {
      const { items } = await admin.list(path, { metadataOnly: true });
      const kind = group.endsWith('acme.io') ? `${resource}.${group}` : resource;
      names.push(...items.map(({ metadata }) => `${kind} ${metadata.name}`).filter(wanted));
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'NotFound', 'MethodNotAllowed')) throw thrown;
    }
  }
  return names.sort();
}

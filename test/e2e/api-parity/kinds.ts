/** Every kind that tenants are offered, with the least that makes an object of it. Nothing in them starts a pod. */
import type { Kind } from './kind.ts';

const POD = { containers: [{ name: 'c', image: 'example.com/none' }] };
const TEMPLATE = { metadata: { labels: { app: 'parity' } }, spec: POD };
const SELECTOR = { matchLabels: { app: 'parity' } };

/** A CRD in the group `parity.example.com` with what a CRD can have: a schema with rules, columns, sub-resources. */
function definition(singular: string, scope: string) {
  const kind = `${singular[0]!.toUpperCase()}${singular.slice(1)}`;
  const size = { type: 'integer', minimum: 0 };
  const spec = {
    spec: {
      group: 'parity.example.com',
      scope,
      names: { plural: `${singular}s`, singular, kind, shortNames: [singular.slice(0, 3)], categories: ['parity'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          selectableFields: [{ jsonPath: '.spec.mode' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              required: ['spec'],
              properties: {
                spec: {
                  type: 'object',
                  properties: { size: { ...size, default: 2 }, mode: { type: 'string' } },
                  'x-kubernetes-validations': [{ rule: 'self.size < 100', message: 'too large' }],
                },
                status: { type: 'object', properties: { size } },
              },
            },
          },
        },
      ],
    },
  };
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.parity.example.com` },
    ...spec,
  };
  return { spec, object };
}

function namespaced(apiVersion: string, kind: string, resource: string, body: Kind['body'] = {}, more: Partial<Kind> = {}): Kind {
  return { apiVersion, kind, resource, scope: 'Namespaced', body, ...more };
}

function clusterScoped(apiVersion: string, kind: string, resource: string, body: Kind['body'] = {}, more: Partial<Kind> = {}): Kind {
  return { apiVersion, kind, resource, scope: 'Cluster', body, ...more };
}

const STATUS = { subresources: ['status'], volatile: ['status'] } as const;
const SCALED = { subresources: ['status', 'scale'], volatile: ['status'] } as const;
const RBAC = 'rbac.authorization.k8s.io/v1';

const core: readonly Kind[] = [
  namespaced('v1', 'ConfigMap', 'configmaps', { data: { key: 'value' }, binaryData: { bytes: 'AAEC' } }),
  namespaced('v1', 'Secret', 'secrets', { stringData: { key: 'value' }, type: 'Opaque' }),
  namespaced('v1', 'ServiceAccount', 'serviceaccounts', { automountServiceAccountToken: false, imagePullSecrets: [{ name: 'registry' }] }),
  namespaced(
    'v1',
    'Service',
    'services',
    { spec: { ports: [{ port: 80 }], selector: { app: 'none' } } },
    {
      ...STATUS,
      // Its Endpoints have the same name, and stand beside those of the script.
      name: (tag) => `service-${tag}`,
    },
  ),
  namespaced('v1', 'Endpoints', 'endpoints', {
    subsets: [{ addresses: [{ ip: '192.0.2.7', targetRef: { kind: 'Pod', name: 'p', namespace: 'parity-api' } }], ports: [{ port: 80 }] }],
  }),
  namespaced('v1', 'Pod', 'pods', { spec: { ...POD, serviceAccountName: 'default' } }, STATUS),
  namespaced('v1', 'PodTemplate', 'podtemplates', { template: TEMPLATE }),
  namespaced(
    'v1',
    'ReplicationController',
    'replicationcontrollers',
    { spec: { replicas: 0, selector: { app: 'parity' }, template: TEMPLATE } },
    SCALED,
  ),
  namespaced('v1', 'ResourceQuota', 'resourcequotas', { spec: { hard: { pods: '1000', 'count/configmaps': '5000' } } }, STATUS),
  namespaced('v1', 'LimitRange', 'limitranges', { spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '1Ti' } }] } }),
  namespaced(
    'v1',
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: 'parity-none',
        resources: { requests: { storage: '1Gi' } },
      },
    },
    STATUS,
  ),
  namespaced('v1', 'Event', 'events', {
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: 'parity-api' },
    reason: 'Parity',
    message: 'all is well',
    type: 'Normal',
  }),
  clusterScoped('v1', 'Namespace', 'namespaces', { metadata: { annotations: { note: 'parity' } } }, { volatile: ['status'] }),
  clusterScoped(
    'v1',
    'PersistentVolume',
    'persistentvolumes',
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        persistentVolumeReclaimPolicy: 'Retain',
        nfs: { server: 'nfs.example.com', path: '/' },
        claimRef: { namespace: 'parity-none', name: 'none' },
      },
    },
    STATUS,
  ),
];

const workloads: readonly Kind[] = [
  namespaced('apps/v1', 'Deployment', 'deployments', { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } }, SCALED),
  namespaced('apps/v1', 'ReplicaSet', 'replicasets', { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } }, SCALED),
  namespaced(
    'apps/v1',
    'StatefulSet',
    'statefulsets',
    { spec: { replicas: 0, serviceName: 'none', selector: SELECTOR, template: TEMPLATE } },
    SCALED,
  ),
  namespaced('apps/v1', 'DaemonSet', 'daemonsets', { spec: { selector: SELECTOR, template: TEMPLATE } }, STATUS),
  namespaced('apps/v1', 'ControllerRevision', 'controllerrevisions', { revision: 1, data: { spec: { template: TEMPLATE } } }),
  namespaced('batch/v1', 'Job', 'jobs', { spec: { suspend: true, template: { spec: { ...POD, restartPolicy: 'Never' } } } }, STATUS),
  namespaced(
    'batch/v1',
    'CronJob',
    'cronjobs',
    { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: { spec: { ...POD, restartPolicy: 'Never' } } } } } },
    STATUS,
  ),
  namespaced(
    'autoscaling/v1',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
    { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } } },
    { ...STATUS, name: (tag) => `old-${tag}` },
  ),
  namespaced(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
    { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } } },
    STATUS,
  ),
  namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', { spec: { minAvailable: 1, selector: SELECTOR } }, STATUS),
];

const network: readonly Kind[] = [
  namespaced(
    'networking.k8s.io/v1',
    'Ingress',
    'ingresses',
    { spec: { ingressClassName: 'parity', defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    STATUS,
  ),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
    spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }, { namespaceSelector: {} }] }] },
  }),
  clusterScoped('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', { spec: { controller: 'example.com/controller' } }),
  namespaced('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.7'], targetRef: { kind: 'Pod', name: 'p', namespace: 'parity-api' } }],
    ports: [{ port: 80 }],
  }),
  namespaced(
    'events.k8s.io/v1',
    'Event',
    'events',
    {
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/parity',
      reportingInstance: 'one',
      action: 'Test',
      reason: 'Parity',
      type: 'Normal',
      note: 'all is well',
      regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: 'parity-api' },
    },
    { name: (tag) => `new-${tag}` },
  ),
  namespaced('coordination.k8s.io/v1', 'Lease', 'leases', { spec: { holderIdentity: 'me', leaseDurationSeconds: 30 } }),
];

const RULES = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
const SUBJECTS = [
  { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' },
  { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'devs' },
  { kind: 'ServiceAccount', name: 'default', namespace: 'parity-api' },
];

const access: readonly Kind[] = [
  namespaced(RBAC, 'Role', 'roles', { rules: RULES }),
  namespaced(RBAC, 'RoleBinding', 'rolebindings', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'none' },
    subjects: SUBJECTS,
  }),
  clusterScoped(RBAC, 'ClusterRole', 'clusterroles', { rules: RULES }),
  clusterScoped(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'none' },
    subjects: SUBJECTS,
  }),
];

const definitions: readonly Kind[] = [
  clusterScoped(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    (tag) => definition(`${tag}thing`, 'Namespaced').spec,
    { ...STATUS, name: (tag) => `${tag}things.parity.example.com` },
  ),
  namespaced('parity.example.com/v1', 'Gadget', 'gadgets', { spec: { size: 3, mode: 'fast' } }, { subresources: ['status', 'scale'] }),
  clusterScoped('parity.example.com/v1', 'Region', 'regions', { spec: { size: 1 } }),
];

/** What must be there before `KINDS`. */
export const DEFINITIONS: readonly { readonly metadata: { readonly name: string } }[] = [
  definition('gadget', 'Namespaced').object,
  definition('region', 'Cluster').object,
];

const STORAGE = 'storage.k8s.io/v1';
const DEVICES = 'resource.k8s.io/v1';

const classes: readonly Kind[] = [
  clusterScoped(STORAGE, 'StorageClass', 'storageclasses', { provisioner: 'csi.example.com', volumeBindingMode: 'WaitForFirstConsumer' }),
  clusterScoped(STORAGE, 'VolumeAttributesClass', 'volumeattributesclasses', { driverName: 'csi.example.com', parameters: { iops: '3' } }),
  clusterScoped(STORAGE, 'CSIDriver', 'csidrivers', { spec: { attachRequired: false } }),
  clusterScoped(STORAGE, 'CSINode', 'csinodes', { spec: { drivers: [] } }),
  namespaced(STORAGE, 'CSIStorageCapacity', 'csistoragecapacities', { storageClassName: 'parity', capacity: '1Gi' }),
  clusterScoped('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', { value: 7, preemptionPolicy: 'Never', description: 'parity' }),
  clusterScoped('node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', { handler: 'parity' }),
  clusterScoped(DEVICES, 'DeviceClass', 'deviceclasses', { spec: {} }),
  namespaced(
    DEVICES,
    'ResourceClaim',
    'resourceclaims',
    { spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'parity' } }] } } },
    STATUS,
  ),
  namespaced(DEVICES, 'ResourceClaimTemplate', 'resourceclaimtemplates', {
    spec: { spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'parity' } }] } } },
  }),
];

const ADMISSION = 'admissionregistration.k8s.io/v1';
const MATCHES = { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }] };

const admission: readonly Kind[] = [
  clusterScoped(
    ADMISSION,
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    { spec: { matchConstraints: MATCHES, validations: [{ expression: 'object.spec.replicas < 100', message: 'too many' }] } },
    STATUS,
  ),
  clusterScoped(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    spec: { policyName: 'parity-none', validationActions: ['Audit'] },
  }),
  clusterScoped(ADMISSION, 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', { spec: { policyName: 'parity-none' } }),
];

export const KINDS: readonly Kind[] = [...classes, ...admission, ...core, ...workloads, ...network, ...access, ...definitions];

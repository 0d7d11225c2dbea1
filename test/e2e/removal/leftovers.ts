/** Objects of built-in namespaced kinds, small ones; of cluster-scoped kinds there are samples enough elsewhere. */
const labels = { app: 'a' };
const podSpec = { containers: [{ name: 'c', image: 'example.com/none' }] };
const template = { metadata: { labels }, spec: podSpec };
const workload = { selector: { matchLabels: labels }, template };
const neverPod = { ...podSpec, restartPolicy: 'Never' };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };

export interface Leftover {
  readonly base: string;
  readonly resource: string;
  readonly body: object;
}

const core = (resource: string, body: object): Leftover => ({ base: '/api/v1', resource, body });
const of = (groupVersion: string, resource: string, body: object): Leftover => ({ base: `/apis/${groupVersion}`, resource, body });

export const NAMESPACED_LEFTOVERS: readonly Leftover[] = [
  core('configmaps', {}),
  core('secrets', {}),
  core('serviceaccounts', {}),
  core('services', { spec: { ports: [{ port: 80 }] } }),
  core('endpoints', {}),
  core('pods', { spec: podSpec }),
  core('persistentvolumeclaims', { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }),
  core('replicationcontrollers', { spec: { replicas: 0, selector: labels, template } }),
  core('podtemplates', { template }),
  core('limitranges', { spec: { limits: [{ type: 'Pod', max: { cpu: '9' } }] } }),
  core('resourcequotas', { spec: { hard: { pods: '99' } } }),
  of('apps/v1', 'deployments', { spec: { replicas: 1, ...workload } }),
  of('apps/v1', 'replicasets', { spec: { replicas: 0, ...workload } }),
  of('apps/v1', 'statefulsets', { spec: { replicas: 0, serviceName: 's', ...workload } }),
  of('apps/v1', 'daemonsets', { spec: workload }),
  of('apps/v1', 'controllerrevisions', { revision: 1, data: {} }),
  of('batch/v1', 'jobs', { spec: { template: { spec: neverPod } } }),
  of('batch/v1', 'cronjobs', { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: neverPod } } } } }),
  of('autoscaling/v2', 'horizontalpodautoscalers', {
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'left' } },
  }),
  of('policy/v1', 'poddisruptionbudgets', { spec: { minAvailable: 1, selector: { matchLabels: labels } } }),
  of('networking.k8s.io/v1', 'networkpolicies', { spec: { podSelector: {} } }),
  of('networking.k8s.io/v1', 'ingresses', { spec: { defaultBackend: { service: { name: 'left', port: { number: 80 } } } } }),
  of('rbac.authorization.k8s.io/v1', 'roles', { rules: [] }),
  of('rbac.authorization.k8s.io/v1', 'rolebindings', { roleRef }),
  of('coordination.k8s.io/v1', 'leases', { spec: {} }),
  of('discovery.k8s.io/v1', 'endpointslices', { addressType: 'IPv4', endpoints: [] }),
];

export const CLUSTER_LEFTOVERS: readonly Leftover[] = [
  of('rbac.authorization.k8s.io/v1', 'clusterroles', { rules: [] }),
  of('rbac.authorization.k8s.io/v1', 'clusterrolebindings', { roleRef }),
];

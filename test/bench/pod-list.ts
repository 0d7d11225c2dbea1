/** A PodList as kube-apiserver writes it (compact, Go's member order), about 3.3 KB a pod: what `kubectl get pods -o yaml` moves. */

const IMAGES = [
  'registry.example.com/shop/checkout:2.14.3',
  'registry.example.com/shop/cart-api:0.9.27',
  'nginx:1.29.1',
  'postgres:17.6-alpine',
];
const APPS = ['checkout', 'cart-api', 'storefront', 'payments', 'search-index'];

/** Small linear congruential generator: the same list in every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function letters(random: (below: number) => number, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) text += 'bcdfghjklmnpqrstvwxz2456789'[random(27)];
  return text;
}

function uid(random: (below: number) => number): string {
  const hex = (length: number) => Array.from({ length }, () => '0123456789abcdef'[random(16)]).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

/** One pod, as an object; `namespace` is upstream's spelling. */
export function makePod(seed: number, upstreamNamespace: string): Record<string, unknown> {
  const random = makeRandom(seed * 7919 + 17);
  const app = APPS[random(APPS.length)] as string;
  const template = letters(random, 10);
  const time = `2025-0${1 + random(9)}-1${random(10)}T0${random(10)}:1${random(10)}:5${random(10)}Z`;
  const token = `kube-api-access-${letters(random, 5)}`;
  const container = {
    name: app,
    image: IMAGES[random(IMAGES.length)],
    ...(random(2) ? { args: ['--listen=:8080', '--log-format=json', `--greeting="hello"`] } : {}),
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'DATABASE_URL', value: `postgres://db.default.svc.cluster.local:5432/${app}?pool=${random(40)}` },
    ],
    resources: { limits: { cpu: '500m', memory: `${64 + random(400)}Mi` }, requests: { cpu: '50m', memory: '64Mi' } },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/data' },
      { name: token, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: time });
  return {
    metadata: {
      name: `${app}-${template}-${letters(random, 5)}`,
      generateName: `${app}-${template}-`,
      namespace: upstreamNamespace,
      uid: uid(random),
      resourceVersion: String(1_000_000 + random(90_000_000)),
      generation: 1,
      creationTimestamp: time,
      labels: { app, 'app.kubernetes.io/managed-by': 'Helm', 'pod-template-hash': template },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${app}-${template}`,
          uid: uid(random),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': {
              'f:generateName': {},
              'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
              'f:ownerReferences': { '.': {}, [`k:{"uid":"${uid(random)}"}`]: {} },
            },
            'f:spec': {
              'f:containers': {
                [`k:{"name":"${app}"}`]: {
                  '.': {},
                  'f:env': { '.': {}, 'k:{"name":"DATABASE_URL"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:imagePullPolicy': {},
                  'f:name': {},
                  'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
                },
              },
              'f:dnsPolicy': {},
              'f:enableServiceLinks': {},
              'f:restartPolicy': {},
            },
          },
        },
      ],
    },
    spec: {
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: `data-${app}` } },
        {
          name: token,
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [container],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      nodeName: `node-${random(50)}.example.com`,
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      priorityClassName: `${upstreamNamespace.slice(0, 7)}high`,
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {
      phase: 'Running',
      conditions: [condition('Ready'), condition('PodScheduled')],
      hostIP: `10.1.${random(250)}.${random(250)}`,
      podIP: `10.2.${random(250)}.${random(250)}`,
      startTime: time,
      containerStatuses: [
        {
          name: app,
          state: { running: { startedAt: time } },
          lastState: {},
          ready: true,
          restartCount: random(9),
          image: container.image,
          containerID: `containerd://${letters(random, 64)}`,
          started: true,
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

/** A whole list; `upstreamNamespaceOf` gives the namespace of the pod with that index. */
export function makePodList(count: number, upstreamNamespaceOf: (index: number) => string): Buffer {
  const pods = Array.from({ length: count }, (_, index) => JSON.stringify(makePod(index, upstreamNamespaceOf(index))));
  return Buffer.from(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"48151623"},"items":[${pods.join(',')}]}\n`);
}

/** One object of each kind that tenants own beside the platform's own, and how it is changed. */
import { execFileSync } from 'node:child_process';

export interface SampleKind {
  readonly kind: string;
  /** `/apis/group/version`, or `/api/v1`. */
  readonly base: string;
  readonly resource: string;
  readonly isNamespaced?: true;
  readonly name?: string;
  /** All but apiVersion, kind and metadata. */
  readonly body: object;
  /** What may be changed of it, as a merge patch; labels where there is nothing. */
  readonly change?: object;
  /** Upstream's controllers write its status, at their own pace. */
  readonly isControlled?: true;
  /** What may be written under `status`. */
  readonly status?: object;
}

function openssl(...args: string[]): string {
  return execFileSync('openssl', [...args, '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=x'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
}

const condition = { type: 'Seen', status: 'True', reason: 'Test', message: 'seen', lastTransitionTime: '2026-01-01T00:00:00Z' };
const request = openssl('req', '-new');
const trustBundle = openssl('req', '-x509', '-addext', 'keyUsage=keyCertSign');
const deviceRequests = [
  { name: 'a', exactly: { deviceClassName: 'gpu.example.com' } },
  {
    name: 'b',
    firstAvailable: [
      { name: 'c', deviceClassName: 'gpu.example.com' },
      { name: 'd', deviceClassName: 'other.example.com' },
    ],
  },
];

export const SAMPLE_KINDS: readonly SampleKind[] = [
  {
    kind: 'StorageClass',
    base: '/apis/storage.k8s.io/v1',
    resource: 'storageclasses',
    body: { provisioner: 'disks.example.com', parameters: { a: 'b', 'csi.storage.k8s.io/node-stage-secret-namespace': 'shop' } },
    change: { allowVolumeExpansion: true },
  },
  {
    kind: 'VolumeAttributesClass',
    base: '/apis/storage.k8s.io/v1',
    resource: 'volumeattributesclasses',
    body: { driverName: 'disks.example.com', parameters: { iops: '10' } },
  },
  {
    kind: 'CSIDriver',
    base: '/apis/storage.k8s.io/v1',
    resource: 'csidrivers',
    name: 'disks.example.com',
    body: { spec: { attachRequired: false } },
    change: { spec: { requiresRepublish: true } },
  },
  {
    kind: 'CSINode',
    base: '/apis/storage.k8s.io/v1',
    resource: 'csinodes',
    body: { spec: { drivers: [{ name: 'disks.example.com', nodeID: 'n', topologyKeys: ['zone'] }] } },
  },
  {
    kind: 'CSIStorageCapacity',
    base: '/apis/storage.k8s.io/v1',
    resource: 'csistoragecapacities',
    isNamespaced: true,
    body: { storageClassName: 'gold', capacity: '1Gi' },
    change: { capacity: '2Gi' },
  },
  {
    kind: 'RuntimeClass',
    base: '/apis/node.k8s.io/v1',
    resource: 'runtimeclasses',
    body: { handler: 'sandbox', overhead: { podFixed: { cpu: '10m' } } },
  },
  {
    kind: 'PriorityClass',
    base: '/apis/scheduling.k8s.io/v1',
    resource: 'priorityclasses',
    body: { value: 1000, preemptionPolicy: 'Never' },
    change: { description: 'first' },
  },
  {
    kind: 'IngressClass',
    base: '/apis/networking.k8s.io/v1',
    resource: 'ingressclasses',
    body: { spec: { controller: 'example.com/ingress' } },
  },
  {
    kind: 'DeviceClass',
    base: '/apis/resource.k8s.io/v1',
    resource: 'deviceclasses',
    name: 'gpu.example.com',
    body: { spec: { selectors: [{ cel: { expression: 'device.driver == "gpu"' } }] } },
    change: { spec: { selectors: [{ cel: { expression: 'true' } }] } },
  },
  {
    kind: 'ResourceClaim',
    base: '/apis/resource.k8s.io/v1',
    resource: 'resourceclaims',
    isNamespaced: true,
    body: { spec: { devices: { requests: deviceRequests } } },
    status: { allocation: {} },
  },
  {
    kind: 'ResourceClaimTemplate',
    base: '/apis/resource.k8s.io/v1',
    resource: 'resourceclaimtemplates',
    isNamespaced: true,
    body: { spec: { metadata: { labels: { a: 'b' } }, spec: { devices: { requests: deviceRequests } } } },
  },
  {
    kind: 'CertificateSigningRequest',
    base: '/apis/certificates.k8s.io/v1',
    resource: 'certificatesigningrequests',
    body: { spec: { request: Buffer.from(request).toString('base64'), signerName: 'example.com/x', usages: ['client auth'] } },
    status: { conditions: [{ ...condition, lastUpdateTime: condition.lastTransitionTime }] },
  },
  {
    kind: 'ClusterTrustBundle',
    base: '/apis/certificates.k8s.io/v1',
    resource: 'clustertrustbundles',
    name: 'example.com:x:main',
    body: { spec: { signerName: 'example.com/x', trustBundle } },
  },
  {
    kind: 'StorageVersionMigration',
    base: '/apis/storagemigration.k8s.io/v1',
    resource: 'storageversionmigrations',
    isControlled: true,
    body: { spec: { resource: { group: 'nowhere.example.com', resource: 'widgets' } } },
  },
  {
    kind: 'PersistentVolume',
    base: '/api/v1',
    resource: 'persistentvolumes',
    isControlled: true,
    body: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'gold',
        csi: { driver: 'disks.example.com', volumeHandle: 'h' },
      },
    },
    change: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    status: { message: 'seen', reason: 'Test' },
  },
  {
    kind: 'PersistentVolumeClaim',
    base: '/api/v1',
    resource: 'persistentvolumeclaims',
    isControlled: true,
    isNamespaced: true,
    body: { spec: { accessModes: ['ReadWriteMany'], storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } } },
    status: { conditions: [{ ...condition }] },
  },
  {
    kind: 'ResourceQuota',
    base: '/api/v1',
    resource: 'resourcequotas',
    isControlled: true,
    isNamespaced: true,
    body: {
      spec: {
        hard: { pods: '3', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi', 'gpu.deviceclass.resource.k8s.io/devices': '2' },
        scopeSelector: undefined,
      },
    },
    change: { spec: { hard: { pods: '4' } } },
  },
];

/** What the chart renders, with one set of values and another: helm's own checks, upstream's word on each object, and the plain manifests. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartFiles, manifestFiles } from '../../helpers/chart/deploy-files.ts';
import { CHART, helm, type Manifest, mustHelm, NAMESPACE, readManifests, templateArgs } from '../../helpers/chart/helm.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';

/** Of other projects: their kinds are not in a bare cluster, so what is made of them is looked at here, not there. */
const FOREIGN = new Set(['monitoring.coreos.com/v1', 'cert-manager.io/v1']);

const ENDPOINTS = ['https://etcd-0:2379'];
const VARIANTS: Readonly<Record<string, object>> = {
  minimal: {
    etcd: { endpoints: ['http://etcd:2379'] },
    gateway: { replicas: 1, pdb: { enabled: false }, topologySpreadConstraints: [] },
    inCluster: { enabled: false },
    networkPolicy: { enabled: false },
    rbac: { create: false },
    pki: { create: false, secretName: 'mine' },
  },
  tryout: { etcd: { tryout: { enabled: true, storageClassName: 'fast' } } },
  everything: {
    fullnameOverride: 'zoo',
    imagePullSecrets: [{ name: 'registry' }],
    image: { digest: `sha256:${'0'.repeat(64)}` },
    gateway: {
      url: 'https://zoo.example.org:8443',
      hosts: ['10.1.2.3', 'other.example.org'],
      listenAddress: '::',
      workers: 2,
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'a', operator: 'Exists' }],
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      podAnnotations: { 'example.com/a': 'b' },
      podLabels: { team: 'blue' },
    },
    service: {
      type: 'LoadBalancer',
      port: 8443,
      nodePort: 30443,
      externalTrafficPolicy: 'Local',
      annotations: { 'example.com/lb': 'internal' },
      loadBalancerSourceRanges: ['10.0.0.0/8'],
    },
    admissionBridge: { enabled: true, clusterIP: '10.0.3.3' },
    controller: { podLabels: { team: 'blue' } },
    etcd: { endpoints: ENDPOINTS, tls: { secretName: 'etcd-tls' }, auth: { username: 'kubezoo', passwordSecretName: 'etcd-password' } },
    serving: { certManager: { enabled: true, issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } } },
    config: { limits: { maxRequestsInflight: 100 } },
    tracing: { endpoint: 'http://otel-collector.monitoring.svc:4318' },
    monitoring: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true },
      dashboard: { enabled: true },
    },
  },
};

describe('what the Helm chart renders', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'kz-chart-'));
  let stack: Stack;
  before(async () => {
    stack = await sharedStack();
    await stack.kubectl(['create', 'namespace', NAMESPACE], 'upstream');
  });
  after(async () => {
    await stack?.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false'], 'upstream');
    rmSync(folder, { recursive: true, force: true });
  });
  const valuesFile = (name: string, values: object) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(values));
    return file;
  };
  const apply = (manifests: readonly unknown[]) =>
    stack.kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], 'upstream', {
      stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }),
    });

  for (const [name, values] of Object.entries(VARIANTS)) {
    it(`is taken by helm and by upstream, to the last field: ${name}`, async () => {
      const file = valuesFile(name, values);
      await mustHelm(folder, ['lint', CHART, '--strict', '--values', file]);
      const manifests = readManifests(await mustHelm(folder, templateArgs([file])));
      const own = manifests.filter(({ apiVersion }) => !FOREIGN.has(apiVersion));
      const { code, stdout, stderr } = await apply(own);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim().split('\n').length, own.length);
      for (const manifest of own) assertHardened(manifest);
      assert.deepEqual(
        manifests
          .filter(({ apiVersion }) => FOREIGN.has(apiVersion))
          .map(({ kind }) => kind)
          .sort(),
        name === 'everything' ? ['Certificate', 'PrometheusRule', 'ServiceMonitor', 'ServiceMonitor'] : [],
      );
    });
  }

  it('would be refused with a field that there is not', async () => {
    const [manifest] = readManifests(await mustHelm(folder, templateArgs([valuesFile('tryout', VARIANTS.tryout!)]))).filter(
      ({ kind }) => kind === 'Deployment',
    );
    const { code, stderr } = await apply([{ ...manifest, spec: { ...(manifest!.spec as object), replica: 2 } }]);
    assert.notEqual(code, 0);
    assert.match(stderr, /unknown field "(spec\.)?replica"/);
  });

  it('needs values that make sense, and says which do not', async () => {
    for (const [values, message] of [
      [{}, /etcd\.endpoints is needed/],
      [{ etcd: { endpoints: ['etcd:2379'] } }, /\/etcd\/endpoints\/0/],
      [{ etcd: { endpoints: ENDPOINTS }, gateway: { replica: 3 } }, /replica/],
      [{ etcd: { endpoints: ENDPOINTS }, gateway: { ports: { tls: 443 } } }, /\/gateway\/ports\/tls/],
      [{ etcd: { endpoints: ENDPOINTS }, admissionBridge: { enabled: true } }, /admissionBridge\.clusterIP/],
      [{ etcd: { endpoints: ENDPOINTS, auth: { username: 'a' } } }, /passwordSecretName/],
    ] as const) {
      const { code, stderr } = await helm(folder, templateArgs([valuesFile('wrong', values)]));
      assert.notEqual(code, 0, JSON.stringify(values));
      assert.match(stderr, message);
    }
  });

  it('is what the files under deploy/ say (else: node test/helpers/chart/write-deploy.ts)', async () => {
    for (const [file, text] of [...chartFiles(), ...(await manifestFiles(folder))]) assert.equal(readFileSync(file, 'utf8'), text, file);
  });
});

interface Security {
  readonly runAsNonRoot?: boolean;
  readonly seccompProfile?: { readonly type: string };
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly drop: readonly string[]; readonly add?: readonly string[] };
}
interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: Security;
  readonly containers: readonly {
    readonly name: string;
    readonly securityContext?: Security;
    readonly resources?: { readonly limits?: object; readonly requests?: object };
  }[];
  readonly initContainers?: PodSpec['containers'];
}

/** Beyond what Pod Security asks for: nothing is written into the image's file system, no token lies where it is not used, memory has a bound. */
function assertHardened(manifest: Manifest): void {
  const spec = manifest.spec as { template?: { spec: PodSpec }; jobTemplate?: { spec: { template: { spec: PodSpec } } } } | undefined;
  const pod = spec?.template?.spec ?? spec?.jobTemplate?.spec.template.spec;
  if (!pod) return;
  const at = `${manifest.kind} ${manifest.metadata.name}`;
  assert.equal(pod.automountServiceAccountToken, false, at);
  assert.equal(pod.securityContext?.runAsNonRoot, true, at);
  assert.equal(pod.securityContext?.seccompProfile?.type, 'RuntimeDefault', at);
  for (const { name, securityContext, resources } of [...(pod.initContainers ?? []), ...pod.containers]) {
    assert.deepEqual(
      securityContext,
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      `${at}, ${name}`,
    );
    assert.ok(resources?.limits && resources.requests, `${at}, ${name}`);
  }
}

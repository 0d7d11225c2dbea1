import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

import { protobufToJson } from '../helpers/protobuf-text.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';

/**
 * Upstream's own two encodings of one object are the measure. Protobuf writes out what Go's zero value is, JSON leaves it
 * out: to a reader both are the same, so zero values are taken out of both.
 */
function withoutZeroes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeroes(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, withoutZeroes(item)] as const)
    .filter(([, item]) => !(item === '' || item === 0 || item === false || item === null || isEmptyObject(item)));
  return Object.fromEntries(kept);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const OBJECTS = `
apiVersion: v1
kind: Pod
metadata: {name: everything, labels: {a: b}, annotations: {a.b/c: "✓"}}
spec:
  terminationGracePeriodSeconds: 9007199254740993
  hostAliases: [{ip: 10.0.0.1, hostnames: [a, b]}]
  securityContext: {fsGroup: 1, sysctls: [{name: a.b, value: "1"}]}
  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, namespaces: [default], namespaceSelector: {matchLabels: {a: b}}, labelSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}]}}
  tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]
  volumes:
  - {name: e, emptyDir: {sizeLimit: 1500m}}
  - {name: c, configMap: {name: x, defaultMode: 0640, items: [{key: a, path: b}]}}
  - {name: p, projected: {sources: [{downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}, {serviceAccountToken: {path: t, expirationSeconds: 3600}}]}}
  - {name: t, ephemeral: {volumeClaimTemplate: {metadata: {labels: {x: z}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
  containers:
  - name: c
    image: busybox
    command: [sh, -c, "true"]
    env: [{name: A, value: ""}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k, optional: false}}}]
    envFrom: [{prefix: X, configMapRef: {name: cm}}]
    ports: [{containerPort: 80, name: http}]
    resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: "1"}}
    livenessProbe: {httpGet: {path: /, port: http, httpHeaders: [{name: a, value: b}]}, periodSeconds: 3}
    readinessProbe: {tcpSocket: {port: 80}}
    lifecycle: {preStop: {exec: {command: [a]}}}
    volumeMounts: [{name: e, mountPath: /e, readOnly: true}]
    securityContext: {capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false}
---
apiVersion: v1
kind: Secret
metadata: {name: bytes}
data: {a: AAECAwQF, empty: ""}
---
apiVersion: v1
kind: Service
metadata: {name: ports}
spec: {selector: {a: b}, ports: [{name: web, port: 80, targetPort: http}, {name: m, port: 81, targetPort: 8081}], sessionAffinity: ClientIP}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set}
spec:
  replicas: 0
  serviceName: ports
  selector: {matchLabels: {a: b}}
  updateStrategy: {rollingUpdate: {partition: 0}}
  volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron}
spec: {schedule: "0 0 1 1 *", startingDeadlineSeconds: 0, suspend: true, jobTemplate: {spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: set}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {maxUnavailable: 30%, selector: {matchLabels: {a: b}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80}, {port: http}]}], policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing}
spec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ports, port: {name: web}}}}]}}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: lease}
spec: {holderIdentity: me, leaseDurationSeconds: 15, renewTime: "2026-01-02T03:04:05.678901Z"}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: slice}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}, targetRef: {kind: Pod, name: everything, namespace: default}}]
ports: [{name: web, port: 80, protocol: TCP}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: default, namespace: default}]
`;

describe('protobuf bodies', () => {
  const namespace = 'protobuf-bodies';
  let stack: Stack;
  let get: (path: string, accept: string) => Promise<Buffer>;

  before(async () => {
    stack = await sharedStack();
    get = upstreamReader(stack);
    await stack.mustKubectl(['create', 'namespace', namespace], 'upstream');
    await stack.mustKubectl(['-n', namespace, 'wait', '--for=create', 'serviceaccount/default'], 'upstream');
    await stack.mustKubectl(['-n', namespace, 'apply', '--validate=false', '-f', '-'], 'upstream', { stdin: OBJECTS });
  });

  after(() => stack.mustKubectl(['delete', 'namespace', namespace, '--wait=false'], 'upstream'));

  const objects = OBJECTS.split('---').map((text) => parse(text) as { kind: string; apiVersion: string; metadata: { name: string } });
  for (const { kind, apiVersion, metadata } of objects) {
    it(`${kind}: what is read of the protobuf is what upstream says in JSON`, async () => {
      const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
      const plural = `${kind.toLowerCase()}s`.replace(/cys$/, 'cies').replace(/sss$/, 'sses');
      const path = `${root}/namespaces/${namespace}/${plural}/${metadata.name}`;
      const fromProtobuf = protobufToJson(await get(path, 'application/vnd.kubernetes.protobuf'));
      const json = JSON.parse((await get(path, 'application/json')).toString());
      // Kind and version of an object inside another have no place in protobuf.
      for (const claim of json.spec?.volumeClaimTemplates ?? []) {
        delete claim.kind;
        delete claim.apiVersion;
      }
      assert.deepEqual(withoutZeroes(JSON.parse(fromProtobuf)), withoutZeroes(json));
    });
  }

  it('keeps every digit of a number beyond 2^53', async () => {
    const body = await get(`/api/v1/namespaces/${namespace}/pods/everything`, 'application/vnd.kubernetes.protobuf');
    assert.match(protobufToJson(body), /"terminationGracePeriodSeconds":9007199254740993[,}]/);
  });

  it('keeps zeroes that a client wrote on purpose', async () => {
    const body = await get(`/apis/apps/v1/namespaces/${namespace}/statefulsets/set`, 'application/vnd.kubernetes.protobuf');
    assert.equal(JSON.parse(protobufToJson(body)).spec.replicas, 0);
  });
});

function upstreamReader(stack: Stack): (path: string, accept: string) => Promise<Buffer> {
  const config = parse(readFileSync(stack.kubeconfig('upstream'), 'utf8'));
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  const { 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
  const pem = (text: string) => Buffer.from(text, 'base64');
  const agent = new Agent({ ca: pem(ca), cert: pem(cert), key: pem(key) });
  return (path, accept) =>
    new Promise((resolve, reject) => {
      request(server + path, { agent, headers: { accept } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          response.statusCode === 200 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${path}: ${response.statusCode}`)),
        );
      })
        .on('error', reject)
        .end();
    });
}

/** What KWOK does for the test's node. Exec and attach are the kubelet's own (clients/go/kubelet.go). */
export interface KwokConfig {
  /** In CRI's format: `<RFC 3339> stdout F a line`. */
  readonly logFile: string;
  readonly previousLogFile: string;
  /** Where bytes that are forwarded to any port of any pod go. */
  readonly forwardTo: { readonly address: string; readonly port: number };
  /** Every pod's. */
  readonly podIp: string;
}

const RUNNING = 'running: {startedAt: {{ $now | Quote }}}';

/** A pod runs as soon as it has a node; ephemeral containers are started, too. */
const podStatus = (podIp: string) => `
{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "PodReadyToStartContainers" "ContainersReady" "Ready" }}
- {lastTransitionTime: {{ $now | Quote }}, status: "True", type: {{ $type | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- {image: {{ .image | Quote }}, name: {{ .name | Quote }}, ready: true, started: true, restartCount: 0, state: {${RUNNING}}}
{{ end }}
{{ with .spec.ephemeralContainers }}
ephemeralContainerStatuses:
{{ range . }}
- {image: {{ .image | Quote }}, name: {{ .name | Quote }}, ready: false, restartCount: 0, state: {${RUNNING}}}
{{ end }}
{{ end }}
hostIP: ${podIp}
podIP: ${podIp}
podIPs: [{ip: ${podIp}}]
phase: Running
startTime: {{ or .status.startTime $now | Quote }}
`;

const NODE_STATUS = `
{{ $now := Now }}
conditions:
- {type: Ready, status: "True", reason: KubeletReady, message: ready, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
addresses: [{type: InternalIP, address: {{ NodeIP | Quote }}}]
daemonEndpoints: {kubeletEndpoint: {Port: {{ NodePort }}}}
allocatable: {cpu: 1k, memory: 1Ti, pods: 1k}
capacity: {cpu: 1k, memory: 1Ti, pods: 1k}
phase: Running
`;

const absent = (key: string) => ({ key, operator: 'DoesNotExist' });
const present = (key: string) => ({ key, operator: 'Exists' });

/** KWOK's own objects, to be written to its configuration file one after the other. */
export function kwokObjects(config: KwokConfig): object[] {
  const { logFile, previousLogFile, forwardTo, podIp } = config;
  const of = (kind: string, spec: object) => ({ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind, metadata: { name: kind.toLowerCase() }, spec });
  const stage = (name: string, kind: string, matchExpressions: object[], next: object) => ({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  });
  const notReady = { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'NotIn', values: ['True'] };
  const alive = absent('.metadata.deletionTimestamp');
  return [
    stage('node-ready', 'Node', [notReady], { statusTemplate: NODE_STATUS }),
    stage('pod-running', 'Pod', [alive, notReady], { statusTemplate: podStatus(podIp) }),
    stage(
      'pod-debugged',
      'Pod',
      [alive, present('.spec.ephemeralContainers.[].name'), absent('.status.ephemeralContainerStatuses.[].name')],
      {
        statusTemplate: podStatus(podIp),
      },
    ),
    stage('pod-deleted', 'Pod', [present('.metadata.deletionTimestamp')], { finalizers: { empty: true }, delete: true }),
    of('ClusterLogs', { logs: [{ logsFile: logFile, previousLogsFile: previousLogFile, follow: true }] }),
    of('ClusterPortForward', { forwards: [{ target: forwardTo }] }),
  ];
}

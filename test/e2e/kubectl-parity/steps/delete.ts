import type { Step } from '../step.ts';

/** Everything that the script made is deleted, by each of kubectl's ways; the last steps leave direct as it was. */
export const DELETE: readonly Step[] = [
  { command: 'delete configmap settings -n shop --dry-run=server', shows: /dry run/ },
  { command: 'delete configmap at-once -n shop', shows: /configmap "at-once" deleted/ },
  { command: 'delete secret made -n shop -o name' },
  { command: 'delete pods -n shop -l app=once --now' },
  { command: 'delete ingress --all -n shop', shows: /ingress.networking.k8s.io "made" deleted/ },
  { command: 'delete deployment plain -n shop --cascade=foreground --timeout=20s', shows: /"plain" deleted/ },
  { command: 'delete statefulset db -n shop --cascade=orphan' },
  { command: 'get pod db-0 -n shop -o name', shows: /db-0/, note: 'orphaned' },
  { command: 'delete -f cron-job.yaml -f job.yaml', shows: /cronjob.batch "backup" deleted/ },
  { command: 'delete -f cron-job.yaml --ignore-not-found' },
  { command: 'delete --raw /api/v1/namespaces/shop/configmaps/shared' },
  { command: 'delete deployments --all -n shop --wait=false', shows: /deployment.apps "web" deleted/ },
  { command: 'apply -f stuck.yaml' },
  { command: 'delete namespace stuck --wait=false', shows: /namespace "stuck" deleted/ },
  { command: 'get namespace stuck', shows: /Terminating/ },
  { command: 'create configmap late -n stuck', fails: true, shows: /because it is being terminated/ },
  {
    command: 'get namespace stuck -o jsonpath={.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}',
    until: /parity.example\/hold/,
  },
  { command: `patch configmap holder -n stuck --type=merge -p '{"metadata":{"finalizers":null}}'` },
  { command: 'wait --for=delete namespace/stuck --timeout=90s', exitCodeOnly: 'kubectl has no word for what is gone before it looks' },
  { command: 'delete clusterrole,clusterrolebinding parity-made', shows: /"parity-made" deleted/ },
  { command: 'delete clusterrole,clusterrolebinding parity-watcher', shows: /"parity-watcher" deleted/ },
  { command: 'delete namespace shop depot --timeout=60s', shows: /namespace "depot" deleted/ },
  { command: 'get namespace shop', fails: true, shows: /namespaces "shop" not found/, note: 'gone' },
  { command: 'get pods -n shop', shows: /No resources found/, note: 'after its namespace' },
  { command: 'delete pv archive --timeout=20s', shows: /persistentvolume "archive" deleted/ },
];

import type { Step } from '../step.ts';
import { NOT_OFFERED, OTHERS } from './others.ts';

const NO_SYSTEM_MASTERS =
  'direct is system:masters, who may do everything by name; a tenant’s admin has its rights by RBAC inside the tenant';

export const ACCESS: readonly Step[] = [
  {
    command: 'auth whoami',
    differences: [
      { on: 'direct', replace: { pattern: /system:masters/g, by: '<admins>' }, reason: 'the group of upstream’s admin' },
      { on: 'tenant', replace: { pattern: /tenant-admins/g, by: '<admins>' }, reason: 'the group of a tenant’s admin' },
      { on: 'direct', drop: /credential-id/, reason: 'upstream does not see the tenant’s certificate' },
    ],
  },
  { command: 'auth can-i create deployments -n shop', shows: /yes/ },
  { command: 'auth can-i delete namespaces', shows: /yes/ },
  { command: 'auth can-i get pods/log -n shop' },
  { command: "auth can-i '*' '*'" },
  { command: 'auth can-i get namespace/shop' },
  { command: 'auth can-i list widgets.nowhere.example -n shop' },
  {
    command: 'auth can-i --list -n shop',
    exitCodeOnly: NO_SYSTEM_MASTERS,
    shows: /\*\.\*/,
  },
  { command: 'create token limited -n shop --duration=1h', savesToken: true, shows: /^eyJ/ },
  {
    command: 'auth whoami',
    as: 'limited',
    shows: /system:serviceaccount:shop:limited/,
    differences: [
      {
        on: 'direct',
        drop: /^UID|credential-id/,
        reason: 'the gateway impersonates user and groups, not the uid and what else a token says',
      },
    ],
  },
  { command: 'get configmap settings -n shop -o name', as: 'limited' },
  { command: 'get configmaps -n shop', as: 'limited' },
  { command: 'get pods -n shop', as: 'limited', fails: true, shows: /cannot list resource "pods"/ },
  { command: 'get pods -A', as: 'limited', fails: true, shows: /at the cluster scope/ },
  {
    command: 'get jobs -A',
    as: 'limited',
    shows: /import/,
    differences: [OTHERS],
  },
  { command: 'get configmaps -n depot', as: 'limited', fails: true, shows: /in the namespace "depot"/ },
  { command: 'get namespace shop -o name', as: 'limited', shows: /namespace\/shop/ },
  { command: 'get namespace depot', as: 'limited', fails: true, shows: /namespaces "depot" is forbidden/ },
  { command: 'get pv archive -o name', as: 'limited', shows: /archive/ },
  { command: 'get pv', as: 'limited', fails: true },
  { command: 'delete configmap settings -n shop', as: 'limited', fails: true, shows: /cannot delete resource/ },
  { command: 'create configmap forbidden -n shop', as: 'limited', fails: true },
  { command: `patch deployment web -n shop -p '{}'`, as: 'limited', fails: true, shows: /deployments.apps "web" is forbidden/ },
  { command: 'auth can-i get configmaps -n shop', as: 'limited', shows: /yes/ },
  { command: 'auth can-i get deployments/web -n shop', as: 'limited', shows: /yes/ },
  { command: 'auth can-i get deployments/other -n shop', as: 'limited', fails: true, shows: /no/ },
  { command: 'auth can-i get configmaps -n depot', as: 'limited', fails: true, shows: /no/ },
  { command: 'auth can-i get namespaces/shop', as: 'limited', shows: /yes/ },
  { command: 'auth can-i get namespaces/depot', as: 'limited', fails: true },
  { command: 'auth can-i get persistentvolumes/archive', as: 'limited', shows: /yes/ },
  { command: 'auth can-i list jobs -A', as: 'limited', shows: /yes/ },
  { command: 'auth can-i --list -n shop', as: 'limited', shows: /configmaps/, differences: [NOT_OFFERED] },
  { command: 'auth can-i --list -n depot', as: 'limited', differences: [NOT_OFFERED] },
  { command: 'create clusterrolebinding parity-escalates --clusterrole=parity-watcher --user=joe', as: 'limited', fails: true },
  { command: 'create -f review.json -o yaml --validate=false', shows: /allowed: true/ },
  {
    command: 'create -f own-review.json -o yaml --validate=false',
    shows: /allowed: true/,
    differences: [{ on: 'tenant', drop: /^ +reason: ""$/, reason: 'the right comes by a binding of the platform’s, which is not named' }],
  },
  { command: 'create -f own-review.json -o name' },
  { command: 'create -f own-review.json -o yaml --validate=false', as: 'limited', shows: /allowed: true/ },
  { command: 'auth reconcile -f reconcile.yaml', shows: /reconciled/ },
  { command: 'get clusterrolebinding parity-watcher -o wide', shows: /joe/, note: 'once it is reconciled' },
  { command: 'get role reader -n shop -o yaml', shows: /secrets/ },
  { command: 'apply -f token-secret.yaml' },
  {
    command: 'get secret limited-token -n shop -o jsonpath={.data.namespace}',
    until: /./,
    shows: /^c2hvcA==$/,
    differences: [
      {
        on: 'tenant',
        replace: { pattern: /^cXh6(?:YWEx|YmIy)LXNob3A=$/gm, by: 'c2hvcA==' },
        reason: 'base64, made beside a token that upstream signs for its own name of the namespace: not translated yet',
      },
    ],
  },
];

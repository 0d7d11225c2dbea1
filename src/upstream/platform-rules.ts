/**
 * What gateway and controller may do upstream in their own names: RBAC rules, each with what it is for. The embedded cluster, the Helm chart
 * and the doctor go by these. A test records what is used of them (test/e2e/kubernetes).
 */

export interface PlatformRule {
  /** What needs it. */
  readonly why: string;
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const ADMISSION_GROUP = 'admissionregistration.k8s.io';

const DISCOVERY: PlatformRule = {
  why: 'which kinds there are; where everybody may read this, Kubernetes grants it already',
  nonResourceURLs: ['/version', '/openapi', '/openapi/*', '/api', '/api/*', '/apis', '/apis/*'],
  verbs: ['get'],
};

/** With `gatewayKubeconfig`: act for others, ask who somebody is and what he may, and list and watch. It writes nothing as itself. */
export const GATEWAY_RULES: readonly PlatformRule[] = [
  {
    why: 'every request of a tenant is made as kubezoo:<id>:<user>; RBAC has no pattern for names, so this is anybody, and the gateway is as mighty as the cluster',
    apiGroups: [''],
    resources: ['users', 'groups'],
    verbs: ['impersonate'],
  },
  {
    why: 'uid and extra fields of those users; each key of an extra field is a resource of its own, and RBAC has no pattern for them',
    apiGroups: ['authentication.k8s.io'],
    resources: ['*'],
    verbs: ['impersonate'],
  },
  { why: 'whose a ServiceAccount token is', apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  {
    why: "whether a tenant's RBAC lets its user impersonate another, or read what the gateway reads for all",
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
  },
  {
    why: 'what tenants list and watch in all their namespaces is read once for all of them, and so are the classes that the platform shares',
    apiGroups: ['*'],
    resources: ['*'],
    verbs: ['list', 'watch'],
  },
  DISCOVERY,
];

/** What the sidecar does with `controllerKubeconfig`, where that is not the controller's own: for quota and for tenants' webhooks. */
export const SIDECAR_RULES: readonly PlatformRule[] = [
  {
    why: "whether a namespace's quota is in force; where a tenant's webhook is; how a share of a quota stands",
    apiGroups: [''],
    resources: ['namespaces', 'services', 'resourcequotas'],
    verbs: ['get'],
  },
  {
    why: "moves room of a tenant's quota from one namespace to another",
    apiGroups: [''],
    resources: ['resourcequotas', 'resourcequotas/status'],
    verbs: ['patch'],
  },
];

/** With `controllerKubeconfig`: gives tenants what they have, keeps the policies, and removes what a tenant leaves behind, of whatever kind. */
export const CONTROLLER_RULES: readonly PlatformRule[] = [
  {
    why: 'finds all that a tenant has, of every kind that the cluster serves, deletes it with the tenant, and takes off finalizers that nobody ends',
    apiGroups: ['*'],
    resources: ['*'],
    verbs: ['list', 'delete', 'patch'],
  },
  {
    why: 'gives tenants what they have, and follows what becomes of it',
    apiGroups: [''],
    resources: ['namespaces', 'services', 'configmaps', 'resourcequotas'],
    verbs: ['create', 'watch'],
  },
  { why: 'reads the same', apiGroups: [''], resources: ['namespaces', 'configmaps', 'resourcequotas'], verbs: ['get'] },
  { why: 'ends a namespace that is empty and does not go', apiGroups: [''], resources: ['namespaces/finalize'], verbs: ['update'] },
  {
    why: "tenants' rights: the role that all of them share, the roles that a new cluster has, and their bindings",
    apiGroups: [RBAC_GROUP],
    resources: ['clusterroles', 'clusterrolebindings'],
    verbs: ['create', 'watch'],
  },
  {
    why: "the rules of upstream's own roles, of which tenants' roles of the same name are made",
    apiGroups: [RBAC_GROUP],
    resources: ['clusterroles'],
    verbs: ['get'],
  },
  {
    why: 'upstream lets only somebody who has a right hand it out, unless he has this; a tenant has all rights, in its own names',
    apiGroups: [RBAC_GROUP],
    resources: ['clusterroles'],
    verbs: ['escalate', 'bind'],
  },
  {
    why: 'the policies that confine tenants (get: for kubezoo doctor)',
    apiGroups: [ADMISSION_GROUP],
    resources: [
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ],
    verbs: ['get', 'create', 'watch'],
  },
  {
    why: "asks the gateway about tenants' quota",
    apiGroups: [ADMISSION_GROUP],
    resources: ['validatingwebhookconfigurations'],
    verbs: ['create'],
  },
  {
    why: 'tries whether the policies refuse what they must, in a dry run, as somebody whom nothing else would stop',
    apiGroups: [''],
    resources: ['users'],
    resourceNames: ['kubezoo:probe0:probe'],
    verbs: ['impersonate'],
  },
  { why: 'the same', apiGroups: [''], resources: ['groups'], resourceNames: ['system:masters'], verbs: ['impersonate'] },
  {
    why: "tenants' certificate requests: reads and answers them",
    apiGroups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
    verbs: ['get', 'watch'],
  },
  {
    why: 'the same; no other signer',
    apiGroups: ['certificates.k8s.io'],
    resources: ['signers'],
    resourceNames: ['kubezoo.io/tenant-client'],
    verbs: ['approve', 'sign'],
  },
  {
    why: "counts custom resources for a tenant's quota, and makes those of a tenant that leaves reachable, whose CRD keeps upstream from reading them",
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
  },
  DISCOVERY,
];

/** As they stand in a role. */
export function rulesOf(rules: readonly PlatformRule[]): Omit<PlatformRule, 'why'>[] {
  return rules.map(({ why: _, ...rule }) => rule);
}

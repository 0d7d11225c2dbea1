import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';

/** An object of the platform's own, with the path at which it is applied. */
export interface PlatformObject {
  readonly path: string;
  readonly object: KubeObject & Record<string, unknown>;
}

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[];
  readonly scope?: 'Cluster' | 'Namespaced';
}

export interface Expression {
  readonly name: string;
  readonly expression: string;
}

export interface Validation {
  readonly expression: string;
  /** Shown to the tenant: in its words, without its prefix. */
  readonly message: string;
}

export interface ValidatingPolicy {
  readonly name: string;
  readonly rules: readonly ResourceRule[];
  /** Where one does not hold, the policy has nothing to say. */
  readonly conditions?: readonly Expression[];
  readonly variables?: readonly Expression[];
  readonly validations: readonly Validation[];
}

/** CEL that makes an apply configuration, or a JSON patch (which alone can write into atomic lists). */
export type Mutation = { readonly applyConfiguration: string } | { readonly jsonPatch: string };

export interface MutatingPolicy {
  /** Of MutatingAdmissionPolicy: v1 or v1beta1. */
  readonly version: string;
  readonly name: string;
  readonly rules: readonly ResourceRule[];
  readonly conditions?: readonly Expression[];
  readonly variables?: readonly Expression[];
  readonly mutation: Mutation;
}

export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kubezoo' };

/**
 * Who is a tenant's user: any name or group of the form `kubezoo:<something>:`. Wider than what is well formed, so that
 * a malformed one is seen, and refused, and not taken for somebody of the platform.
 */
const TENANT_USER: Expression = {
  name: 'tenant-user',
  expression:
    'request.userInfo.username.matches("^kubezoo:[^:]*:") || (has(request.userInfo.groups) && request.userInfo.groups.exists(g, g.matches("^kubezoo:[^:]*:")))',
};

const IDENTITY_VARIABLES: readonly Expression[] = [
  {
    name: 'tenantId',
    expression:
      'request.userInfo.username.matches("^kubezoo:[a-z0-9][a-z0-9-]{4}[a-z0-9]:.+$") ? request.userInfo.username.substring(8, 14) : ""',
  },
  { name: 'prefix', expression: 'variables.tenantId + "-"' },
  { name: 'identityPrefix', expression: '"kubezoo:" + variables.tenantId + ":"' },
];

/**
 * A ValidatingAdmissionPolicy over what tenants' users do, and its binding. Expressions may use `variables.tenantId`,
 * `variables.prefix` (`<id>-`) and `variables.identityPrefix` (`kubezoo:<id>:`). What errs, is denied.
 */
export function validatingPolicy(policy: ValidatingPolicy): PlatformObject[] {
  const { name, rules, conditions = [], variables = [], validations } = policy;
  return withBinding('ValidatingAdmissionPolicy', 'v1', name, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: rules },
    matchConditions: [TENANT_USER, ...conditions],
    variables: [...IDENTITY_VARIABLES, ...variables],
    validations: validations.map((validation) => ({ ...validation, reason: 'Forbidden' })),
  });
}

/** Tenants' users, and Kubernetes' own controllers: what they write, a policy of the tenant's may have changed. */
const TENANT_OR_SYSTEM_USER: Expression = {
  name: 'tenant-or-system-user',
  expression: `(${TENANT_USER.expression}) || request.userInfo.username.startsWith("system:")`,
};

const IN_TENANTS_NAMESPACE = { matchExpressions: [{ key: TENANT_LABEL, operator: 'Exists' }] };

const OBJECT_VARIABLES: readonly Expression[] = [
  { name: 'tenantId', expression: `namespaceObject.metadata.labels[${JSON.stringify(TENANT_LABEL)}]` },
  { name: 'prefix', expression: 'variables.tenantId + "-"' },
];

/**
 * A ValidatingAdmissionPolicy over what stands in tenants' namespaces, whether a tenant's user writes it or a controller in its
 * stead. Expressions may use `variables.tenantId` and `variables.prefix`.
 */
export function validatingObjectPolicy(policy: ValidatingPolicy): PlatformObject[] {
  const { name, rules, variables = [], validations } = policy;
  return withBinding('ValidatingAdmissionPolicy', 'v1', name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: rules,
      namespaceSelector: IN_TENANTS_NAMESPACE,
    },
    matchConditions: [TENANT_OR_SYSTEM_USER],
    variables: [...OBJECT_VARIABLES, ...variables],
    validations: validations.map((validation) => ({ ...validation, reason: 'Forbidden' })),
  });
}

/** A MutatingAdmissionPolicy over what tenants' users do, and its binding. */
export function mutatingPolicy({ version, name, rules, conditions = [], variables = [], mutation }: MutatingPolicy): PlatformObject[] {
  return withBinding('MutatingAdmissionPolicy', version, name, {
    ...MUTATING,
    matchConstraints: { resourceRules: rules },
    matchConditions: [TENANT_USER, ...conditions],
    variables: [...IDENTITY_VARIABLES, ...variables],
    mutations: [mutationOf(mutation)],
  });
}

/** One over what stands in tenants' namespaces, whoever writes it. */
export function mutatingObjectPolicy({
  version,
  name,
  rules,
  conditions = [],
  variables = [],
  mutation,
}: MutatingPolicy): PlatformObject[] {
  return withBinding('MutatingAdmissionPolicy', version, name, {
    ...MUTATING,
    matchConstraints: { resourceRules: rules, namespaceSelector: IN_TENANTS_NAMESPACE },
    matchConditions: conditions,
    variables,
    mutations: [mutationOf(mutation)],
  });
}

const MUTATING = {
  failurePolicy: 'Fail',
  // A tenant's own webhook may come after, and undo it.
  reinvocationPolicy: 'IfNeeded',
};

function mutationOf(mutation: Mutation): object {
  return 'jsonPatch' in mutation
    ? { patchType: 'JSONPatch', jsonPatch: { expression: mutation.jsonPatch } }
    : { patchType: 'ApplyConfiguration', applyConfiguration: { expression: mutation.applyConfiguration } };
}

/** One of either kind of policy, and the binding that puts it in force. */
export function withBinding(kind: string, version: string, name: string, spec: object): PlatformObject[] {
  const apiVersion = `admissionregistration.k8s.io/${version}`;
  const singular = kind.toLowerCase();
  const policies = `/apis/${apiVersion}/${singular.replace(/y$/, 'ies')}`;
  const bindings = `/apis/${apiVersion}/${singular}bindings`;
  const metadata = { name, labels: MANAGED_BY };
  const actions = kind === 'ValidatingAdmissionPolicy' ? { validationActions: ['Deny'] } : {};
  return [
    { path: `${policies}/${name}`, object: { apiVersion, kind, metadata, spec } },
    {
      path: `${bindings}/${name}`,
      object: { apiVersion, kind: `${kind}Binding`, metadata, spec: { policyName: name, ...actions } },
    },
  ];
}

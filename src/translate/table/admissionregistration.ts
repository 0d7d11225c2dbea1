import { clusterScoped, STATUS } from './make-row.ts';
import type { Fields, ResourceRow } from './row.ts';
import { conditions } from './types.ts';

const ADMISSION = { group: 'admissionregistration.k8s.io', versions: ['v1'] } as const;
/** Every version is a door to the same stored object. */
const POLICIES = { group: 'admissionregistration.k8s.io', versions: ['v1', 'v1beta1', 'v1alpha1'] } as const;

/** MatchResources. */
const match: Fields = {
  namespaceSelector: 'namespaceSelector',
  'resourceRules[]': 'matchRule',
  'excludeResourceRules[]': 'matchRule',
};

const policy: Fields = {
  'spec.paramKind': 'paramKind',
  'spec.matchConstraints': match,
  'spec.matchConditions': 'matchConditions',
  'spec.matchConditions[].expression': 'cel',
  'spec.variables[].expression': 'cel',
};

const validatingPolicy: Fields = {
  ...policy,
  'spec.validations[]': { expression: 'cel', messageExpression: 'cel' },
  'spec.auditAnnotations[].valueExpression': 'cel',
  'status.typeChecking.expressionWarnings[].warning': 'text',
  status: conditions,
};

const mutatingPolicy: Fields = {
  ...policy,
  'spec.mutations[]': { 'applyConfiguration.expression': 'cel', 'jsonPatch.expression': 'cel' },
};

/** What a binding matches only narrows what its policy does. The name of a parameter is one in a namespace, or of an own group. */
const binding: Fields = {
  'spec.policyName': 'clusterName',
  'spec.paramRef.namespace': 'namespace',
  'spec.matchResources': match,
};

/** The names stand in refusals, and the prefix tells whose they are. */
const webhooks: Fields = {
  'webhooks[]': {
    name: 'clusterName',
    clientConfig: 'clientConfig',
    namespaceSelector: 'namespaceSelector',
    'rules[]': 'matchRule',
    matchConditions: 'matchConditions',
    'matchConditions[].expression': 'cel',
  },
};

const VALIDATING = { holder: 'spec', acts: 'validating' } as const;
const MUTATING = { holder: 'spec', acts: 'mutating' } as const;

/** No admission policy is shown these objects upstream: what stands here is the only line. */
export const admissionregistrationRows: readonly ResourceRow[] = [
  clusterScoped(ADMISSION, 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', {
    labelled: true,
    admission: { holder: 'webhooks', acts: 'validating' },
    fields: webhooks,
  }),
  clusterScoped(ADMISSION, 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', {
    labelled: true,
    admission: { holder: 'webhooks', acts: 'mutating' },
    fields: webhooks,
  }),
  clusterScoped(POLICIES, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', {
    labelled: true,
    admission: VALIDATING,
    fields: validatingPolicy,
    subresources: { status: STATUS },
    cells: { 2: 'name' },
  }),
  clusterScoped(POLICIES, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', {
    labelled: true,
    fields: binding,
    cells: { 1: 'name', 2: 'name' },
  }),
  clusterScoped(POLICIES, 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy', {
    labelled: true,
    admission: MUTATING,
    fields: mutatingPolicy,
    cells: { 2: 'name' },
  }),
  clusterScoped(POLICIES, 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', {
    labelled: true,
    fields: binding,
    cells: { 1: 'name', 2: 'name' },
  }),
];

import { clusterScoped, refused, STATUS } from './make-row.ts';
import type { Fields, ResourceRow } from './row.ts';
import { conditions } from './types.ts';

const ADMISSION = { group: 'admissionregistration.k8s.io', versions: ['v1'] } as const;
/** Every version is a door to the same stored object. */
const POLICIES = { group: 'admissionregistration.k8s.io', versions: ['v1', 'v1beta1', 'v1alpha1'] } as const;
const WEBHOOKS = 'admission webhooks are not offered yet';

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

const VALIDATING = { holder: 'spec', acts: 'validating' } as const;
const MUTATING = { holder: 'spec', acts: 'mutating' } as const;

/** No admission policy is shown these objects upstream: what stands here is the only line. */
export const admissionregistrationRows: readonly ResourceRow[] = [
  refused(ADMISSION, 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', WEBHOOKS),
  refused(ADMISSION, 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', WEBHOOKS),
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

import { clusterScoped, namespaced } from './make-row.ts';
import type { Fields, ResourceRow } from './row.ts';

const AUTHORIZATION = { group: 'authorization.k8s.io', versions: ['v1'] } as const;

const selfReview: Fields = {
  'spec.resourceAttributes': 'resourceAttributes',
  'status.reason': 'reviewReason',
  'status.evaluationError': 'reviewReason',
};
const review: Fields = { ...selfReview, 'spec.user': 'user', 'spec.groups': 'groups' };

/** Questions, answered at once and kept nowhere. */
export const authorizationRows: readonly ResourceRow[] = [
  clusterScoped(AUTHORIZATION, 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { nameless: true, fields: selfReview }),
  clusterScoped(AUTHORIZATION, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', {
    nameless: true,
    fields: { 'spec.namespace': 'namespace', 'status.resourceRules[]': 'policyRule', 'status.evaluationError': 'reviewReason' },
  }),
  clusterScoped(AUTHORIZATION, 'subjectaccessreviews', 'SubjectAccessReview', { nameless: true, fields: review }),
  namespaced(AUTHORIZATION, 'localsubjectaccessreviews', 'LocalSubjectAccessReview', { nameless: true, fields: review }),
];

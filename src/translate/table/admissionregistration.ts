import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const ADMISSION = { group: 'admissionregistration.k8s.io', versions: ['v1'] } as const;
const WEBHOOKS = 'admission webhooks are not offered yet';
const POLICIES = 'admission policies are not offered yet';

export const admissionregistrationRows: readonly ResourceRow[] = [
  refused(ADMISSION, 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', WEBHOOKS),
  refused(ADMISSION, 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', WEBHOOKS),
  refused(ADMISSION, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', POLICIES),
  refused(ADMISSION, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', POLICIES),
  refused(ADMISSION, 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy', POLICIES),
  refused(ADMISSION, 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', POLICIES),
];

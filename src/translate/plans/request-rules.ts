import { celToUpstream } from '../admission/cel-expression.ts';
import { clientConfigToUpstream } from '../admission/client-config.ts';
import { matchRuleToUpstream } from '../admission/match-rule.ts';
import { paramKindToUpstream } from '../admission/param-kind.ts';
import { apiVersionToUpstream, definedGroupToUpstream, groupToUpstream } from '../rules/api-group.ts';
import { classToUpstream, provisionerToUpstream, secretNamespaceToUpstream } from '../rules/class-name.ts';
import { classParametersToUpstream } from '../rules/class-parameters.ts';
import { refuseClusterDefault } from '../rules/cluster-default.ts';
import { identityToUpstream } from '../rules/identities.ts';
import { inertSelectorsToUpstream } from '../rules/inert-selectors.ts';
import { metricsAnnotationToUpstream } from '../rules/metrics-annotation.ts';
import { migratedResourceToUpstream } from '../rules/migrated-resource.ts';
import { eventReferenceToUpstream, objectReferenceToUpstream } from '../rules/object-reference.ts';
import { policyRuleToUpstream } from '../rules/policy-rule.ts';
import { quotaScopeToUpstream } from '../rules/quota-scope.ts';
import { dropReservedKey } from '../rules/reserved-keys.ts';
import { resourceAttributesToUpstream } from '../rules/resource-attributes.ts';
import { quotaKeyToUpstream, resourceKeyToUpstream, resourceNameToUpstream } from '../rules/resource-keys.ts';
import { roleRefToUpstream } from '../rules/role-ref.ts';
import { requestedSignerToUpstream, signerToUpstream, trustedSignerToUpstream } from '../rules/signer-name.ts';
import { subjectToUpstream } from '../rules/subject.ts';
import { clusterRoleSelectorToUpstream, namespaceSelectorToUpstream } from '../rules/tenant-selector.ts';
import { volumeNameToUpstream } from '../rules/volume-name.ts';
import type { Rules } from './fields-to-plan.ts';

/** What each rule of the table means for what a tenant sends. Upstream's own texts are nothing that a tenant writes. */
export const REQUEST_RULES: Rules = {
  namespace: { string: 'add' },
  clusterName: { string: 'add' },
  volumeName: { string: volumeNameToUpstream },
  user: { string: identityToUpstream },
  groups: { items: { string: identityToUpstream } },
  text: undefined,
  reviewReason: undefined,
  namespaceSelector: { capture: namespaceSelectorToUpstream },
  clusterRoleSelector: { capture: clusterRoleSelectorToUpstream },
  objectReference: { capture: objectReferenceToUpstream },
  eventReference: { capture: eventReferenceToUpstream },
  templateMetadata: { fields: { labels: { key: dropReservedKey }, annotations: { key: dropReservedKey } } },
  roleRef: { capture: roleRefToUpstream },
  subject: { capture: subjectToUpstream },
  policyRule: { capture: policyRuleToUpstream },
  resourceAttributes: { capture: resourceAttributesToUpstream },
  apiGroup: { string: groupToUpstream },
  apiVersion: { string: apiVersionToUpstream },
  definedGroup: { string: definedGroupToUpstream },
  metricsAnnotation: { string: metricsAnnotationToUpstream },
  classParameters: { capture: classParametersToUpstream },
  matchRule: { capture: matchRuleToUpstream },
  paramKind: { capture: paramKindToUpstream },
  clientConfig: { capture: clientConfigToUpstream },
  cel: { string: celToUpstream },
  // The platform's own is put in by confineBody, which knows the form of the write.
  matchConditions: undefined,
  clusterDefault: { string: refuseClusterDefault },
  secretUid: undefined,
  tokenAccount: undefined,
  tokenNamespace: undefined,
  storageClass: { string: classToUpstream('storageClass') },
  volumeAttributesClass: { string: classToUpstream('volumeAttributesClass') },
  csiDriver: { string: classToUpstream('csiDriver') },
  ingressClass: { string: classToUpstream('ingressClass') },
  priorityClass: { string: classToUpstream('priorityClass') },
  runtimeClass: { string: classToUpstream('runtimeClass') },
  deviceClass: { string: classToUpstream('deviceClass') },
  provisioner: { string: provisionerToUpstream },
  secretNamespace: { string: secretNamespaceToUpstream },
  signer: { string: signerToUpstream },
  requestedSigner: { string: requestedSignerToUpstream },
  trustedSigner: { string: trustedSignerToUpstream },
  resourceKeys: { key: resourceKeyToUpstream },
  resourceName: { string: resourceNameToUpstream },
  quotaKeys: { key: quotaKeyToUpstream },
  quotaScope: { capture: quotaScopeToUpstream },
  inertSelectors: { capture: inertSelectorsToUpstream },
  migratedResource: { capture: migratedResourceToUpstream },
};

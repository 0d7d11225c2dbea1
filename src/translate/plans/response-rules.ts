import { celToTenant } from '../admission/cel-expression.ts';
import { clientConfigToTenant } from '../admission/client-config.ts';
import { matchConditionsToTenant } from '../admission/match-conditions.ts';
import { matchRuleToTenant } from '../admission/match-rule.ts';
import { paramKindToTenant } from '../admission/param-kind.ts';
import { classToTenant } from '../rules/class-name.ts';
import { classParametersToTenant } from '../rules/class-parameters.ts';
import { freeTextToTenant, groupsToTenant, identityToTenant, reviewReasonToTenant } from '../rules/identities.ts';
import { inertSelectorsToTenant } from '../rules/inert-selectors.ts';
import { metricsAnnotationToTenant } from '../rules/metrics-annotation.ts';
import { migratedResourceToTenant } from '../rules/migrated-resource.ts';
import { objectReferenceToTenant } from '../rules/object-reference.ts';
import { policyRuleToTenant } from '../rules/policy-rule.ts';
import { quotaScopeToTenant } from '../rules/quota-scope.ts';
import { resourceAttributesToTenant } from '../rules/resource-attributes.ts';
import { quotaKeyToTenant, resourceKeyToTenant, resourceNameToTenant } from '../rules/resource-keys.ts';
import { roleRefToTenant } from '../rules/role-ref.ts';
import { signerToTenant } from '../rules/signer-name.ts';
import { subjectToTenant } from '../rules/subject.ts';
import { clusterRoleSelectorToTenant, namespaceSelectorToTenant } from '../rules/tenant-selector.ts';
import { nextSecret, tokenAccount, tokenNamespaceToTenant } from '../rules/token-namespace.ts';
import type { Rules } from './fields-to-plan.ts';

/** What each rule of the table means for what upstream answers. A reference without the prefix is shown as it is. */
export const RESPONSE_RULES: Rules = {
  namespace: { string: 'strip' },
  clusterName: { string: 'strip' },
  volumeName: { string: 'strip' },
  user: { string: identityToTenant },
  groups: { capture: groupsToTenant },
  text: { string: freeTextToTenant },
  reviewReason: { string: reviewReasonToTenant },
  namespaceSelector: { capture: namespaceSelectorToTenant },
  clusterRoleSelector: { capture: clusterRoleSelectorToTenant },
  objectReference: objectReferenceToTenant,
  eventReference: objectReferenceToTenant,
  templateMetadata: undefined,
  roleRef: { capture: roleRefToTenant },
  subject: { capture: subjectToTenant },
  policyRule: { capture: policyRuleToTenant },
  resourceAttributes: { capture: resourceAttributesToTenant },
  // The prefix stands at the beginning of both, and nothing else is to be known of them.
  apiGroup: { string: 'strip' },
  apiVersion: { string: 'strip' },
  definedGroup: { string: 'strip' },
  metricsAnnotation: { string: metricsAnnotationToTenant },
  classParameters: { capture: classParametersToTenant },
  matchRule: { capture: matchRuleToTenant },
  paramKind: { capture: paramKindToTenant },
  clientConfig: { capture: clientConfigToTenant },
  cel: { string: celToTenant },
  matchConditions: { capture: matchConditionsToTenant },
  clusterDefault: undefined,
  secretUid: { string: nextSecret },
  tokenAccount: { string: tokenAccount },
  tokenNamespace: { string: tokenNamespaceToTenant },
  storageClass: { string: classToTenant('storageClass') },
  volumeAttributesClass: { string: classToTenant('volumeAttributesClass') },
  csiDriver: { string: classToTenant('csiDriver') },
  ingressClass: { string: classToTenant('ingressClass') },
  priorityClass: { string: classToTenant('priorityClass') },
  runtimeClass: { string: classToTenant('runtimeClass') },
  deviceClass: { string: classToTenant('deviceClass') },
  provisioner: { string: classToTenant('csiDriver') },
  secretNamespace: { string: 'strip' },
  signer: { string: signerToTenant },
  requestedSigner: { string: signerToTenant },
  trustedSigner: { string: signerToTenant },
  resourceKeys: { key: resourceKeyToTenant },
  resourceName: { string: resourceNameToTenant },
  quotaKeys: { key: quotaKeyToTenant },
  quotaScope: { capture: quotaScopeToTenant },
  inertSelectors: { capture: inertSelectorsToTenant },
  migratedResource: { capture: migratedResourceToTenant },
};

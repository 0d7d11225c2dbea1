import {
  GATE_CONFIG_MAP,
  GATE_NAMESPACE,
  GATE_PATH,
  GATE_POLICY,
  QUOTA_LABEL,
  QUOTA_READY,
  SHARE_QUOTA,
  VISIBLE_QUOTA,
} from '../../quota/names.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { MANAGED_BY, type PlatformObject, validatingPolicy } from './policy.ts';

const MINE = JSON.stringify([VISIBLE_QUOTA, SHARE_QUOTA]);
const LABEL = JSON.stringify(QUOTA_LABEL);

/** The objects in which a tenant's quota is kept, and the label that says that it is in force, are not the tenant's to write. */
const untouched = [
  ...validatingPolicy({
    name: 'kubezoo-guard-quota',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['*'],
        resources: ['resourcequotas', 'resourcequotas/*'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
      },
    ],
    variables: [
      {
        // A collection is deleted object by object, without a name in the request.
        name: 'objectName',
        expression: `has(request.name) && request.name != "" ? request.name
          : object != null && has(object.metadata.name) ? object.metadata.name
          : oldObject != null && has(oldObject.metadata.name) ? oldObject.metadata.name
          : ""`,
      },
    ],
    validations: [{ expression: `!(variables.objectName in ${MINE})`, message: 'the quota of your cluster is set by the platform' }],
  }),
  ...validatingPolicy({
    name: 'kubezoo-guard-quota-label',
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['namespaces', 'namespaces/*'], operations: ['CREATE', 'UPDATE'] }],
    validations: [
      {
        expression: `!has(object.metadata.labels) || !(${LABEL} in object.metadata.labels)
          || oldObject != null && has(oldObject.metadata.labels) && ${LABEL} in oldObject.metadata.labels && oldObject.metadata.labels[${LABEL}] == object.metadata.labels[${LABEL}]`,
        message: 'labels under kubezoo.io/ are set by the platform',
      },
    ],
  }),
];

/** Empty: what others wrote into it stays when it is applied. */
export const quotaGate: PlatformObject = {
  path: GATE_PATH,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: GATE_CONFIG_MAP, namespace: GATE_NAMESPACE, labels: MANAGED_BY } },
};

/**
 * In a namespace of a tenant with quota nothing is made by anybody before its share is in force: kube-apiserver does not limit what no
 * ResourceQuota names. Which tenants have one stands in the ConfigMap.
 */
const shut: readonly PlatformObject[] = [
  quotaGate,
  {
    path: `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${GATE_POLICY}`,
    object: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: GATE_POLICY, labels: MANAGED_BY },
      spec: {
        failurePolicy: 'Fail',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [
              { key: TENANT_LABEL, operator: 'Exists' },
              { key: QUOTA_LABEL, operator: 'NotIn', values: [QUOTA_READY] },
            ],
          },
          resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['CREATE'], scope: 'Namespaced' }],
        },
        // The shares themselves have to come in; and reviews (SubjectAccessReviews in a namespace, tokens, bindings) are stored nowhere.
        matchConditions: [{ name: 'is-counted', expression: 'request.resource.resource != "resourcequotas"' }],
        validations: [
          {
            expression: `!has(params.data) || !(namespaceObject.metadata.labels[${JSON.stringify(TENANT_LABEL)}] in params.data)`,
            message: 'the quota of your cluster is not yet in force in this namespace, please try again',
            reason: 'Forbidden',
          },
        ],
      },
    },
  },
  {
    path: `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${GATE_POLICY}`,
    object: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: GATE_POLICY, labels: MANAGED_BY },
      spec: {
        policyName: GATE_POLICY,
        paramRef: { name: GATE_CONFIG_MAP, namespace: GATE_NAMESPACE, parameterNotFoundAction: 'Deny' },
        validationActions: ['Deny'],
      },
    },
  },
];

export const guardQuota: readonly PlatformObject[] = [...untouched, ...shut];

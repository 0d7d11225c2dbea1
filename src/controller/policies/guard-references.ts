import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { validatingObjectPolicy } from './policy.ts';

const LABEL = JSON.stringify(TENANT_LABEL);

/** CEL: `selector` is one over namespaces that has the tenant's label. */
const confined = (selector: string) =>
  `has(${selector}.matchLabels) && ${LABEL} in ${selector}.matchLabels && ${selector}.matchLabels[${LABEL}] == variables.tenantId`;

/** CEL: the terms of a pod's affinity or anti-affinity. */
function termsOf(affinity: string): string {
  const spec = `object.spec.affinity.${affinity}`;
  const required = `${spec}.requiredDuringSchedulingIgnoredDuringExecution`;
  const preferred = `${spec}.preferredDuringSchedulingIgnoredDuringExecution`;
  return `(has(object.spec.affinity) && has(${spec}) ? (has(${required}) ? ${required} : []) + (has(${preferred}) ? ${preferred}.map(p, p.podAffinityTerm) : []) : [])`;
}

/**
 * The gateway writes references to the tenant's own namespaces and volumes. A policy of the tenant's may have changed them
 * afterwards, also on what a controller makes of a template: so the object as it is stored is looked at.
 */
export const guardReferences = [
  ...validatingObjectPolicy({
    name: 'kubezoo-guard-pods',
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['CREATE'] }],
    variables: [{ name: 'terms', expression: `${termsOf('podAffinity')} + ${termsOf('podAntiAffinity')}` }],
    validations: [
      {
        // Anti-affinity works both ways: it would keep other tenants' pods off a node.
        expression: `variables.terms.all(t, (!has(t.namespaces) || t.namespaces.all(n, n.startsWith(variables.prefix))) && (!has(t.namespaceSelector) || ${confined('t.namespaceSelector')}))`,
        message: 'the affinity of a pod is to pods outside of your cluster',
      },
    ],
  }),
  ...validatingObjectPolicy({
    name: 'kubezoo-guard-claims',
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['persistentvolumeclaims'], operations: ['CREATE'] }],
    validations: [
      {
        expression:
          '!has(object.spec.volumeName) || object.spec.volumeName == "" || object.spec.volumeName.startsWith(variables.prefix) || object.spec.volumeName.matches("^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")',
        message: 'the volume of a claim is outside of your cluster',
      },
      {
        expression:
          '!has(object.spec.dataSourceRef) || !has(object.spec.dataSourceRef.namespace) || object.spec.dataSourceRef.namespace == "" || object.spec.dataSourceRef.namespace.startsWith(variables.prefix)',
        message: 'the source of a claim is outside of your cluster',
      },
    ],
  }),
  ...validatingObjectPolicy({
    name: 'kubezoo-guard-network-policies',
    rules: [{ apiGroups: ['networking.k8s.io'], apiVersions: ['*'], resources: ['networkpolicies'], operations: ['CREATE', 'UPDATE'] }],
    validations: [
      {
        expression: `(!has(object.spec.ingress) || object.spec.ingress.all(r, !has(r.from) || r.from.all(p, !has(p.namespaceSelector) || ${confined('p.namespaceSelector')}))) && (!has(object.spec.egress) || object.spec.egress.all(r, !has(r.to) || r.to.all(p, !has(p.namespaceSelector) || ${confined('p.namespaceSelector')})))`,
        message: 'the policy selects namespaces outside of your cluster',
      },
    ],
  }),
];

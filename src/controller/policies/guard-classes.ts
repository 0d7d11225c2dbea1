import { MATCHES_NOTHING } from '../../translate/rules/inert-selectors.ts';
import { type PlatformObject, validatingPolicy } from './policy.ts';

const WRITES = ['CREATE', 'UPDATE'] as const;

/** A tenant's pods go before others in the scheduler's queue by no more than this, and never in their place. */
const HIGHEST_PRIORITY = 1_000_000;

const priorityClasses = validatingPolicy({
  name: 'kubezoo-guard-priority-classes',
  rules: [{ apiGroups: ['scheduling.k8s.io'], apiVersions: ['*'], resources: ['priorityclasses'], operations: WRITES }],
  validations: [
    {
      expression: '!has(object.globalDefault) || !object.globalDefault',
      message: 'globalDefault is not available: it would be the default of the whole platform',
    },
    {
      expression: `object.value <= ${HIGHEST_PRIORITY}`,
      message: `the value of a PriorityClass may be ${HIGHEST_PRIORITY} at most`,
    },
    {
      // Preemption knows no tenants: the victims would be theirs as well.
      expression: 'object.value <= 0 || has(object.preemptionPolicy) && object.preemptionPolicy == "Never"',
      message: 'a PriorityClass with a value above 0 needs preemptionPolicy: Never',
    },
  ],
});

const runtimeClasses = validatingPolicy({
  name: 'kubezoo-guard-runtime-classes',
  rules: [{ apiGroups: ['node.k8s.io'], apiVersions: ['*'], resources: ['runtimeclasses'], operations: WRITES }],
  validations: [
    {
      expression: 'object.handler.startsWith(variables.prefix)',
      message: 'the handler is outside of your cluster',
    },
    {
      // It would place pods where the platform does not want them.
      expression: '!has(object.scheduling)',
      message: 'scheduling of a RuntimeClass is not available: pods are placed on nodes by the platform',
    },
  ],
});

const ingressClasses = validatingPolicy({
  name: 'kubezoo-guard-ingress-classes',
  rules: [{ apiGroups: ['networking.k8s.io'], apiVersions: ['*'], resources: ['ingressclasses'], operations: WRITES }],
  validations: [
    {
      expression: '!has(object.spec) || !has(object.spec.controller) || object.spec.controller.startsWith(variables.prefix)',
      message: 'the controller is outside of your cluster',
    },
  ],
});

const deviceClasses = validatingPolicy({
  name: 'kubezoo-guard-device-classes',
  rules: [{ apiGroups: ['resource.k8s.io'], apiVersions: ['*'], resources: ['deviceclasses'], operations: WRITES }],
  validations: [
    {
      expression: `has(object.spec.selectors) && object.spec.selectors.size() > 0 && has(object.spec.selectors[0].cel) && object.spec.selectors[0].cel.expression == ${JSON.stringify(MATCHES_NOTHING)}`,
      message: 'a DeviceClass of your own matches no devices: this change would take that away',
    },
    {
      // Pods of all tenants that ask for that resource would get this class.
      expression: '!has(object.spec.extendedResourceName)',
      message: 'extendedResourceName of a DeviceClass is not available: its names are those of the whole platform',
    },
  ],
});

/** Classes of tenants' own reach nothing that is not theirs. */
export const guardClasses: readonly PlatformObject[] = [...priorityClasses, ...runtimeClasses, ...ingressClasses, ...deviceClasses];

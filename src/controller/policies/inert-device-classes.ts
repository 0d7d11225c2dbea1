import { MATCHES_NOTHING } from '../../translate/rules/inert-selectors.ts';
import { mutatingPolicy, type PlatformObject } from './policy.ts';

/**
 * A DeviceClass that comes to have no selectors, by whatever way, gets the one that matches nothing: with none it would match
 * every device. `version`: of MutatingAdmissionPolicy; without it such a write is refused by the guard.
 */
export function inertDeviceClasses(version: string): PlatformObject[] {
  return mutatingPolicy({
    version,
    name: 'kubezoo-inert-device-classes',
    rules: [{ apiGroups: ['resource.k8s.io'], apiVersions: ['*'], resources: ['deviceclasses'], operations: ['CREATE', 'UPDATE'] }],
    conditions: [{ name: 'no-selectors', expression: '!has(object.spec.selectors) || object.spec.selectors.size() == 0' }],
    mutation: {
      jsonPatch: `[JSONPatch{op: "add", path: "/spec/selectors", value: [Object.spec.selectors{cel: Object.spec.selectors.cel{expression: ${JSON.stringify(MATCHES_NOTHING)}}}]}]`,
    },
  });
}

import { type PlatformObject, validatingPolicy } from './policy.ts';

const REQUESTS = 'object.spec.devices.requests';
const REQUESTS_OF_TEMPLATE = 'object.spec.spec.devices.requests';
const ADMIN_ACCESS = 'resource.kubernetes.io/admin-access';

/** What is allocated: a list of devices, empty where there is none. */
const allocated = (side: 'object' | 'oldObject') =>
  `has(${side}.status) && has(${side}.status.allocation) && has(${side}.status.allocation.devices) && has(${side}.status.allocation.devices.results) ? ${side}.status.allocation.devices.results : []`;

const noAdminAccess = (requests: string, of: string) =>
  `!has(${of}.devices) || !has(${requests}) || ${requests}.all(r, !has(r.exactly) || !has(r.exactly.adminAccess) || !r.exactly.adminAccess)`;

const NO_ADMIN_ACCESS = 'adminAccess to devices is for the platform';

const claims = validatingPolicy({
  name: 'kubezoo-guard-device-claims',
  rules: [
    {
      apiGroups: ['resource.k8s.io'],
      apiVersions: ['*'],
      resources: ['resourceclaims', 'resourceclaims/*'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
  variables: [
    { name: 'before', expression: `oldObject == null ? [] : (${allocated('oldObject')})` },
    { name: 'after', expression: allocated('object') },
  ],
  validations: [
    { expression: noAdminAccess(REQUESTS, 'object.spec'), message: NO_ADMIN_ACCESS },
    {
      // Nodes hand out what stands here, whichever class was asked for.
      expression: 'variables.after == variables.before',
      message: 'devices are allocated by the platform',
    },
    {
      // What frees a claim while its devices are in use gives them to a second pod.
      expression:
        'variables.before.size() == 0 || (!has(oldObject.status.reservedFor) || has(object.status.reservedFor) && oldObject.status.reservedFor.all(r, r in object.status.reservedFor)) && (!has(oldObject.metadata.finalizers) || has(object.metadata.finalizers) && oldObject.metadata.finalizers.all(f, f in object.metadata.finalizers))',
      message: 'devices that are in use are given back by the platform',
    },
  ],
});

const templates = validatingPolicy({
  name: 'kubezoo-guard-device-claim-templates',
  rules: [{ apiGroups: ['resource.k8s.io'], apiVersions: ['*'], resources: ['resourceclaimtemplates'], operations: ['CREATE', 'UPDATE'] }],
  validations: [{ expression: noAdminAccess(REQUESTS_OF_TEMPLATE, 'object.spec.spec'), message: NO_ADMIN_ACCESS }],
});

const namespaces = validatingPolicy({
  name: 'kubezoo-guard-admin-access',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['namespaces', 'namespaces/*'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      expression: `!has(object.metadata.labels) || !(${JSON.stringify(ADMIN_ACCESS)} in object.metadata.labels)`,
      message: `the label ${ADMIN_ACCESS} is not available: ${NO_ADMIN_ACCESS}`,
    },
  ],
});

/** Devices are the platform's, and handed out by it alone. */
export const guardDevices: readonly PlatformObject[] = [...claims, ...templates, ...namespaces];

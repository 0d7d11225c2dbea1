import { classKind, namespaced, refused, STATUS } from './make-row.ts';
import type { Fields, ResourceRow } from './row.ts';

const DEVICES = { group: 'resource.k8s.io', versions: ['v1'] } as const;
const INVENTORY = 'devices belong to the platform';

/** resource/v1 ResourceClaimSpec: every alternative of every request names a class. */
const claimSpec: Fields = {
  'devices.requests[].exactly.deviceClassName': 'deviceClass',
  'devices.requests[].firstAvailable[].deviceClassName': 'deviceClass',
};

export const resourceRows: readonly ResourceRow[] = [
  classKind(DEVICES, 'deviceclasses', 'DeviceClass', { fields: { 'spec.selectors': 'inertSelectors' } }),
  namespaced(DEVICES, 'resourceclaims', 'ResourceClaim', {
    fields: { spec: claimSpec, 'status.reservedFor[].apiGroup': 'apiGroup', 'status.devices[].conditions[].message': 'text' },
    subresources: { status: STATUS },
  }),
  namespaced(DEVICES, 'resourceclaimtemplates', 'ResourceClaimTemplate', {
    fields: { 'spec.metadata': 'templateMetadata', 'spec.spec': claimSpec },
  }),
  refused(DEVICES, 'devicetaintrules', 'DeviceTaintRule', INVENTORY),
  refused(DEVICES, 'resourceslices', 'ResourceSlice', INVENTORY),
];

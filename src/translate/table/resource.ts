import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const DEVICES = { group: 'resource.k8s.io', versions: ['v1'] } as const;
const INVENTORY = 'devices belong to the platform';
const CLAIMS = 'claims of devices are not offered yet';

export const resourceRows: readonly ResourceRow[] = [
  refused(DEVICES, 'deviceclasses', 'DeviceClass', INVENTORY),
  refused(DEVICES, 'devicetaintrules', 'DeviceTaintRule', INVENTORY),
  refused(DEVICES, 'resourceslices', 'ResourceSlice', INVENTORY),
  refused(DEVICES, 'resourceclaims', 'ResourceClaim', CLAIMS, 'Namespaced'),
  refused(DEVICES, 'resourceclaimtemplates', 'ResourceClaimTemplate', CLAIMS, 'Namespaced'),
];

import { toUpstreamName } from '../../names/prefix.ts';
import type { StringRule } from '../engine/plan.ts';

/** What the external provisioners call a volume by default. It belongs to no tenant, and is shown in the claim that it is for. */
const PROVISIONED = /^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * `spec.volumeName` of a claim is immutable once it is set, so it must be written back as it was read: a provisioned
 * volume's name without a prefix both ways, any other with. A tenant's own volume of such a name cannot be named here.
 */
export const volumeNameToUpstream: StringRule = (volume, { tenantId }) =>
  volume === '' || PROVISIONED.test(volume) ? volume : toUpstreamName(tenantId, volume);

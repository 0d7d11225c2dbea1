import { KubeError } from '../../errors.ts';
import { type JsonObject, nameOf } from '../read-body.ts';

/** Of what is created below a Tenant: the name may be left out. @throws KubeError BadRequest */
export function checkSubresourceName(sent: JsonObject, tenantId: string): void {
  const name = nameOf(sent);
  if (name !== '' && name !== tenantId)
    throw new KubeError('BadRequest', `the name of the object (${name}) does not match the name on the URL (${tenantId})`);
}

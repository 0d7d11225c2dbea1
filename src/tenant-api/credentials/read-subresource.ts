import { KubeError } from '../../errors.ts';
import { negotiate } from '../../kube/negotiate.ts';
import type { LocalRequest } from '../../local/local-request.ts';
import { JSON_TYPE, nameOf, readTenant, YAML_TYPE } from '../read-body.ts';
import { readWriteOptions } from '../request-options.ts';

/** What is created below a Tenant, with its options and the form of the answer. The object's name may be left out. @throws KubeError */
export async function readSubresource(request: LocalRequest, tenantId: string, definition: Parameters<typeof readTenant>[2]) {
  const { mediaType } = negotiate(request.headers.accept, { mediaTypes: [JSON_TYPE, YAML_TYPE], as: [] });
  const options = readWriteOptions('CreateOptions', request);
  const { object, warnings } = await readTenant(request, options.validation, definition);
  const name = nameOf(object);
  if (name !== '' && name !== tenantId)
    throw new KubeError('BadRequest', `the name of the object (${name}) does not match the name on the URL (${tenantId})`);
  return { mediaType, options, object, warnings };
}

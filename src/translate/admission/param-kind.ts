/** admissionregistration.k8s.io ParamKind: of which kind the objects are that a policy is given as `params`. */
import { KubeError } from '../../errors.ts';
import { isTenantGroup, toTenantApiVersion, toUpstreamApiVersion } from '../groups.ts';
import { captureObject, textOf } from '../rules/capture-object.ts';
import { findKind, groupOfApiVersion } from '../table/index.ts';

/**
 * Upstream reads the parameters with its own rights, and takes those of a cluster-scoped kind from the whole cluster: so only
 * kinds that stand in namespaces, which the binding's are the tenant's, and kinds of the tenant's own groups.
 *
 * @throws KubeError Forbidden for another kind, BadRequest for half of one
 */
export const paramKindToUpstream = captureObject((paramKind, context) => {
  const apiVersion = textOf(paramKind, 'apiVersion');
  const kind = textOf(paramKind, 'kind');
  if (apiVersion === undefined || kind === undefined)
    throw new KubeError('BadRequest', 'spec.paramKind: apiVersion and kind must be given together');
  const group = groupOfApiVersion(apiVersion);
  if (isTenantGroup(group, context)) return { ...paramKind, apiVersion: toUpstreamApiVersion(apiVersion, context) };
  const row = findKind(group, kind);
  if (row?.scope !== 'Namespaced' || row.policy !== 'served') {
    throw new KubeError(
      'Forbidden',
      `spec.paramKind: ${kind} of ${apiVersion} cannot be a policy's parameter: only kinds in namespaces and your own`,
    );
  }
  return paramKind;
});

export const paramKindToTenant = captureObject(
  (paramKind, context) => {
    const apiVersion = textOf(paramKind, 'apiVersion');
    return apiVersion === undefined ? paramKind : { ...paramKind, apiVersion: toTenantApiVersion(apiVersion, context) };
  },
  { unlessHolding: 'prefix' },
);

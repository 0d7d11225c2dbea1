/** networking.k8s.io/v1 IngressClassParametersReference: group, kind and name of what a class is set up by. */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import { findRowOfKind } from '../find-row.ts';
import { toTenantGroup, toUpstreamGroup } from '../groups.ts';
import type { JsonObject } from '../lossless-json.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { captureObject, textOf } from './capture-object.ts';

export const classParametersToUpstream = captureObject((parameters, context) => {
  const group = textOf(parameters, 'apiGroup');
  const namespace = textOf(parameters, 'namespace');
  const target = textOf(parameters, 'name');
  const row = findRowOfKind(group ?? '', textOf(parameters, 'kind') ?? '', context);
  return {
    ...parameters,
    ...(group !== undefined && { apiGroup: toUpstreamGroup(group, context) }),
    ...(target !== undefined && row && { name: toUpstreamObjectName(row, target, context) }),
    ...(namespace !== undefined && { namespace: toUpstreamName(context.tenantId, namespace) }),
  };
});

export const classParametersToTenant = captureObject(
  (parameters: JsonObject, context: TranslateContext) => {
    const upstreamGroup = textOf(parameters, 'apiGroup');
    const group = toTenantGroup(upstreamGroup ?? '', context);
    const namespace = textOf(parameters, 'namespace');
    const target = textOf(parameters, 'name');
    const row = findRowOfKind(group, textOf(parameters, 'kind') ?? '', context);
    return {
      ...parameters,
      ...(upstreamGroup !== undefined && { apiGroup: group }),
      ...(target !== undefined && row && { name: toTenantObjectName(row, target, context) }),
      ...(namespace !== undefined && { namespace: toTenantName(context.tenantId, namespace) }),
    };
  },
  { unlessHolding: 'prefix' },
);

/** apiextensions.k8s.io/v1 WebhookClientConfig: whom upstream asks to convert a tenant's custom resources. */
import { KubeError } from '../../errors.ts';
import type { Plan, StringRule } from '../engine/plan.ts';

/** Upstream would call it from where the platform's own services are in reach. @throws KubeError Forbidden */
const refuseUrl: StringRule = (url) => {
  if (url === '') return url;
  throw new KubeError(
    'Forbidden',
    'customresourcedefinitions.apiextensions.k8s.io is forbidden: spec.conversion.webhook.clientConfig.url: only a service of your cluster can convert, name it in spec.conversion.webhook.clientConfig.service',
    { group: 'apiextensions.k8s.io', kind: 'customresourcedefinitions' },
  );
};

export const conversionClientConfigToUpstream: Plan = {
  fields: { url: { string: refuseUrl }, service: { fields: { namespace: { string: 'add' } } } },
};

export const conversionClientConfigToTenant: Plan = { fields: { service: { fields: { namespace: { string: 'strip' } } } } };

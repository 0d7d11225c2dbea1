import { validatingPolicy } from './policy.ts';

/** NodePorts are still free to take: they need a range for each tenant. */
export const guardServices = validatingPolicy({
  name: 'kubezoo-guard-services',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['services'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      // The apiserver, or a webhook's caller, would follow the name to wherever it points.
      expression: '!has(object.spec.type) || object.spec.type != "ExternalName"',
      message: 'Services of type ExternalName are not available',
    },
    {
      // CVE-2020-8554: traffic of others to these addresses would end up here.
      expression: '!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0',
      message: 'externalIPs of a Service are not available',
    },
  ],
});

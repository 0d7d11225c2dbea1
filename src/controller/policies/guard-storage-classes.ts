import { validatingPolicy } from './policy.ts';

/** Whatever a driver calls the parameter in which it looks for a namespace of secrets. A template is filled in with the claim's own. */
const SECRET_NAMESPACE = '"(?i)secret-?_?namespace$"';

export const guardStorageClasses = validatingPolicy({
  name: 'kubezoo-guard-storage-classes',
  rules: [
    {
      apiGroups: ['storage.k8s.io'],
      apiVersions: ['*'],
      resources: ['storageclasses', 'volumeattributesclasses'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
  validations: [
    {
      // The driver reads them with rights of its own.
      expression: `!has(object.parameters) || object.parameters.all(key, !key.matches(${SECRET_NAMESPACE}) || object.parameters[key] == "\${pvc.namespace}" || object.parameters[key].startsWith(variables.prefix))`,
      message: 'a parameter names a namespace of secrets that is outside of your cluster',
    },
  ],
});

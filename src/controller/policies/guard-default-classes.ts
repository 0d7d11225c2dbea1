import { validatingPolicy } from './policy.ts';

const ANNOTATIONS = [
  'ingressclass.kubernetes.io/is-default-class',
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** The newest default class of a kind is everybody's default. */
export const guardDefaultClasses = validatingPolicy({
  name: 'kubezoo-guard-default-classes',
  rules: [
    {
      apiGroups: ['networking.k8s.io', 'storage.k8s.io'],
      apiVersions: ['*'],
      resources: ['ingressclasses', 'storageclasses'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
  validations: [
    {
      expression: `!has(object.metadata.annotations) || ${JSON.stringify(ANNOTATIONS)}.all(key, !(key in object.metadata.annotations) || object.metadata.annotations[key] != "true")`,
      message: 'a default class is not available: it would be the default of the whole platform',
    },
  ],
});

import { validatingPolicy } from './policy.ts';

const WRITES = ['CREATE', 'UPDATE'] as const;
const MESSAGE = 'pods are placed on nodes by the platform: nodeName is not available';

/** A pod that names its node goes past the scheduler, and past what the platform keeps nodes for. Later the scheduler writes it. */
const pods = validatingPolicy({
  name: 'kubezoo-guard-placement',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['CREATE'] }],
  validations: [{ expression: '!has(object.spec.nodeName) || object.spec.nodeName == ""', message: MESSAGE }],
});

/** Of templates upstream's controllers make pods, and no tenant's user is seen doing it. */
const templates = validatingPolicy({
  name: 'kubezoo-guard-template-placement',
  rules: [
    { apiGroups: [''], apiVersions: ['*'], resources: ['podtemplates', 'replicationcontrollers'], operations: WRITES },
    {
      apiGroups: ['apps'],
      apiVersions: ['*'],
      resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
      operations: WRITES,
    },
    { apiGroups: ['batch'], apiVersions: ['*'], resources: ['jobs', 'cronjobs'], operations: WRITES },
  ],
  variables: [
    {
      name: 'podSpec',
      expression: `object.kind == "PodTemplate" ? (has(object.template.spec) ? object.template.spec : {})
        : object.kind == "CronJob" ? object.spec.jobTemplate.spec.template.spec
        : has(object.spec.template) && has(object.spec.template.spec) ? object.spec.template.spec
        : {}`,
    },
  ],
  validations: [{ expression: '!has(variables.podSpec.nodeName) || variables.podSpec.nodeName == ""', message: MESSAGE }],
});

const unchanged = (field: string, empty: string) =>
  `(has(object.status.${field}) ? object.status.${field} : ${empty}) == (has(oldObject.status.${field}) ? oldObject.status.${field} : ${empty})`;

/** The apiserver calls a pod's address for proxies: whoever wrote it could have anything called. Conditions are free to write. */
const addresses = validatingPolicy({
  name: 'kubezoo-guard-pod-addresses',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods/status'], operations: ['UPDATE'] }],
  validations: [
    {
      expression: [unchanged('podIP', '""'), unchanged('podIPs', '[]'), unchanged('hostIP', '""'), unchanged('hostIPs', '[]')].join(' && '),
      message: 'the addresses of a pod are written by its node',
    },
  ],
});

/** Whether there is such a node, and its uid, would be told by the answer. */
const tokens = validatingPolicy({
  name: 'kubezoo-guard-node-tokens',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['serviceaccounts/token'], operations: ['CREATE'] }],
  validations: [
    {
      expression: '!has(object.spec.boundObjectRef) || !has(object.spec.boundObjectRef.kind) || object.spec.boundObjectRef.kind != "Node"',
      message: 'a token cannot be bound to a node',
    },
  ],
});

export const guardPlacement = [...pods, ...templates, ...addresses, ...tokens];

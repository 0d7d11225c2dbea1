import type { Step } from '../step.ts';
import { NOT_OFFERED } from './others.ts';

export const DISCOVER: readonly Step[] = [
  { command: 'version', shows: /Server Version/ },
  { command: 'cluster-info', shows: /control plane/ },
  { command: 'api-resources', differences: [NOT_OFFERED], shows: /deployments/ },
  { command: 'api-resources --api-group=apps -o wide', shows: /statefulsets/ },
  { command: 'api-resources --namespaced=true --verbs=list,get -o name', differences: [NOT_OFFERED], shows: /pods/ },
  { command: 'api-versions', differences: [NOT_OFFERED], shows: /apps\/v1/ },
  { command: 'explain deployment.spec.strategy', shows: /rollingUpdate/ },
  { command: 'explain pod --recursive', shows: /ephemeralContainers/ },
  { command: 'explain networkpolicy.spec.ingress.from.namespaceSelector --output=plaintext-openapiv2' },
  { command: 'explain widgets', fails: true },
  { command: 'get --raw /version', shows: /gitVersion/ },
  { command: 'get --raw /healthz', shows: /ok/ },
  { command: 'get --raw /readyz', shows: /ok/ },
  { command: 'get --raw /api', shows: /APIVersions/ },
  { command: 'get --raw /apis/apps', shows: /APIGroup/ },
  { command: 'get --raw /apis/apps/v1', shows: /APIResourceList/ },
  { command: 'get --raw /openapi/v3/apis/apps/v1', exitCodeOnly: 'paths that are not offered are left out of the document' },
  { command: 'get --raw /api/v1/namespaces/shop/configmaps/list-one', shows: /"namespace":"shop"/ },
  { command: 'get --raw /api/v1/namespaces/shop/pods?labelSelector=app%3Donce&limit=500', shows: /PodList/ },
  { command: 'get --raw /no/such/path', fails: true, shows: /NotFound|not find/ },
  { command: 'top pods -n shop', fails: true, shows: /Metrics API not available/ },
];

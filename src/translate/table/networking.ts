import { classKind, hidden, namespaced, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const NETWORKING = { group: 'networking.k8s.io', versions: ['v1'] } as const;

export const networkingRows: readonly ResourceRow[] = [
  namespaced(NETWORKING, 'ingresses', 'Ingress', {
    fields: {
      'spec.ingressClassName': 'ingressClass',
      'metadata.annotations["kubernetes.io/ingress.class"]': 'ingressClass',
      'spec.defaultBackend.resource.apiGroup': 'apiGroup',
      'spec.rules[].http.paths[].backend.resource.apiGroup': 'apiGroup',
    },
    subresources: { status: STATUS },
    cells: { 1: 'ingressClass' },
  }),
  // A controller serves the classes that name it, so a tenant's class names one that is the tenant's.
  classKind(NETWORKING, 'ingressclasses', 'IngressClass', {
    fields: {
      'spec.controller': 'clusterName',
      'spec.parameters': 'classParameters',
      'metadata.annotations["ingressclass.kubernetes.io/is-default-class"]': 'clusterDefault',
    },
    cells: { 1: 'name' },
  }),
  namespaced(NETWORKING, 'networkpolicies', 'NetworkPolicy', {
    fields: {
      'spec.ingress[].from[].namespaceSelector': 'namespaceSelector',
      'spec.egress[].to[].namespaceSelector': 'namespaceSelector',
    },
  }),
  hidden(NETWORKING, 'ipaddresses', 'IPAddress'),
  hidden(NETWORKING, 'servicecidrs', 'ServiceCIDR'),
];

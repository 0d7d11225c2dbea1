import { type BadRequest, badRequest, CONFIG_MAPS, configMap, FOREIGN, notFound, post } from '../bad-request.ts';

/** What belongs to another tenant, asked for by its upstream name. */
export const OTHERS_NAMES: readonly BadRequest[] = [
  { title: 'another tenant’s namespace, read', path: `/api/v1/namespaces/${FOREIGN}`, ...notFound, echoes: true },
  { title: 'another tenant’s namespace, deleted', method: 'DELETE', path: `/api/v1/namespaces/${FOREIGN}`, ...notFound, echoes: true },
  { title: 'an object in it, read', path: `/api/v1/namespaces/${FOREIGN}/configmaps/kube-root-ca.crt`, ...notFound, echoes: true },
  {
    title: 'an object in it, made',
    ...post(`/api/v1/namespaces/${FOREIGN}/configmaps`, configMap({ name: 'x' })),
    ...notFound,
    echoes: true,
  },
  {
    title: 'another tenant’s namespace in the body',
    ...post(CONFIG_MAPS, configMap({ name: 'x', namespace: FOREIGN })),
    ...badRequest,
    likeUpstream: 'answer',
    echoes: true,
  },
];

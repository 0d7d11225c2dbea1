import { type BadRequest, badRequest, CONFIG_MAPS, FOREIGN, NAMESPACE, notFound } from '../bad-request.ts';

/** Other spellings of paths. */
export const PATHS: readonly BadRequest[] = [
  ...[
    `/api/v1/namespaces/${NAMESPACE}/../${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/./configmaps`,
    `/api/v1//namespaces/${NAMESPACE}/configmaps`,
    `//api/v1/namespaces/${NAMESPACE}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/configmaps//`,
    `/api/v1/namespaces/${NAMESPACE}/%2e%2e/${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}/%2E/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}%2f..%2f${FOREIGN}/configmaps`,
    `/api/v1/namespaces/${NAMESPACE}%2Fconfigmaps`,
    '/api/v1/%6eamespaces',
    `/api/v1/namespaces/bad%2Dinput/configmaps`,
    `${CONFIG_MAPS}/here%00`,
    `${CONFIG_MAPS}/here%0a`,
    `${CONFIG_MAPS}/here%zz`,
    `${CONFIG_MAPS}/%ff`,
    '/api/v1/namespaces/%252e%252e/../configmaps',
  ].map((path) => ({ title: path, path, ...badRequest, message: /canonical/ })),
  { title: 'legacy watch of a namespace', path: `/api/v1/watch/namespaces/${NAMESPACE}/configmaps`, ...notFound },
  { title: 'legacy watch of everything', path: '/api/v1/watch/configmaps', ...notFound },
  { title: 'legacy watch of a group', path: '/apis/apps/v1/watch/deployments', ...notFound },
  { title: 'legacy proxy', path: '/api/v1/proxy/namespaces/default/services/kubernetes', ...notFound },
];

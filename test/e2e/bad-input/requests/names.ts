import { type BadRequest, badRequest, CONFIG_MAPS, configMap, invalid, NAMESPACE, notFound, post } from '../bad-request.ts';

/** Names that are too long or lead nowhere. */
export const NAMES: readonly BadRequest[] = [
  {
    title: 'a namespace whose name is too long for its prefix',
    ...post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n'.repeat(57) } }),
    ...invalid,
    message: /^Namespace "n{57}" is invalid: metadata\.name: .*\b56\b/,
  },
  {
    title: 'an object in such a namespace',
    ...post(`/api/v1/namespaces/${'n'.repeat(60)}/configmaps`, configMap({ name: 'x' })),
    ...notFound,
    message: /^namespaces "n{60}" not found$/,
    likeUpstream: 'answer',
  },
  {
    title: 'a PersistentVolume whose name is too long for its prefix',
    ...post('/api/v1/persistentvolumes', { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v'.repeat(250) } }),
    ...invalid,
    message: /metadata\.name: .*\b246\b/,
  },
  {
    title: 'a missing namespace',
    ...post('/api/v1/namespaces/nowhere/configmaps', configMap({ name: 'x' })),
    ...notFound,
    likeUpstream: 'answer',
  },
  { title: 'an unknown version', path: '/apis/apps/v9/deployments', ...notFound },
  { title: 'an unknown resource', path: `/api/v1/namespaces/${NAMESPACE}/things`, ...notFound, likeUpstream: 'answer' },
  { title: 'an unknown sub-resource', path: `${CONFIG_MAPS}/here/things`, ...notFound, likeUpstream: 'answer' },
  {
    title: 'an object under another name',
    method: 'PUT',
    path: `${CONFIG_MAPS}/here`,
    body: configMap({ name: 'there' }),
    ...badRequest,
    likeUpstream: 'answer',
  },
  {
    title: 'an object in another namespace',
    ...post(CONFIG_MAPS, configMap({ name: 'x', namespace: 'default' })),
    ...badRequest,
    likeUpstream: 'answer',
  },
];

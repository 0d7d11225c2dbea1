import { createHash } from 'node:crypto';
import { UpstreamDocuments, type UpstreamFetch } from '../../../src/local/upstream-documents.ts';

const READS = ['get', 'list', 'watch'];
const ALL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function aggregated(version: string, items: object[]): object {
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function resource(name: string, verbs: string[], subresources: Record<string, string[]> = {}): object {
  const entries = Object.entries(subresources).map(([subresource, subVerbs]) => ({ subresource, verbs: subVerbs }));
  return {
    resource: name,
    scope: 'Namespaced',
    verbs,
    shortNames: [name.slice(0, 2)],
    ...(entries.length > 0 && { subresources: entries }),
  };
}

export const CORE = [
  {
    metadata: {},
    versions: [
      {
        version: 'v1',
        freshness: 'Current',
        resources: [
          resource('componentstatuses', ['get', 'list']),
          resource('nodes', ALL, { proxy: ['get'], status: ['get', 'patch', 'update'] }),
          resource('pods', ALL, { binding: ['create'], log: ['get'], status: ['get', 'patch', 'update'] }),
        ],
      },
    ],
  },
];
export const GROUPS = [
  {
    metadata: { name: 'apps' },
    versions: [
      { version: 'v1', resources: [resource('daemonsets', ALL), resource('deployments', ALL, { scale: ['get'] })] },
      { version: 'v1beta1', resources: [resource('deployments', ALL)] },
    ],
  },
  { metadata: { name: 'certificates.k8s.io' }, versions: [{ version: 'v1', resources: [resource('certificatesigningrequests', ALL)] }] },
  { metadata: { name: 'demo02-acme.io' }, versions: [{ version: 'v1', resources: [resource('widgets', ALL)] }] },
  { metadata: { name: 'storage.k8s.io' }, versions: [{ version: 'v1', resources: [resource('storageclasses', ALL)] }] },
];

const APPS_V1 = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'apps/v1',
  resources: [
    { name: 'daemonsets', verbs: ALL },
    { name: 'daemonsets/status', verbs: READS },
    { name: 'deployments', verbs: ALL, storageVersionHash: 'abc' },
    { name: 'deployments/scale', verbs: ['get'] },
    { name: 'deployments/status', verbs: ['get'] },
  ],
};

export const OPENAPI_INDEX = {
  paths: Object.fromEntries(
    [
      '.well-known/openid-configuration',
      'api',
      'api/v1',
      'apis',
      'apis/apps',
      'apis/apps/v1',
      'apis/certificates.k8s.io',
      'apis/certificates.k8s.io/v1',
      'apis/demo02-acme.io/v1',
      'version',
    ].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=AB12` }]),
  ),
};

/** An upstream of a few documents, by path and media type. */
export class FakeUpstream {
  readonly asked: string[] = [];
  readonly documents = new Map<string, object | Buffer>([
    ['/version', { gitVersion: 'v1.37.2' }],
    ['/apis/apps/v1', APPS_V1],
    ['/openapi/v3', OPENAPI_INDEX],
    ['/openapi/v3/apis/apps/v1', { openapi: '3.0.0' }],
    ['/openapi/v2', { swagger: '2.0', paths: { '/apis/demo02-acme.io/v1/widgets': {}, '/api/v1/pods': {} }, definitions: {} }],
  ]);
  aggregatedVersions = ['v2'];
  core: object[] = CORE;
  groups: object[] = GROUPS;
  down = false;

  readonly fetch: UpstreamFetch = async (path, { accept = '', 'if-none-match': known }) => {
    this.asked.push(path);
    if (this.down) throw new Error('connect ECONNREFUSED 10.0.0.1:6443');
    const found = this.#find(path, accept);
    if (!found) return { status: path === '/api' || path === '/apis' ? 406 : 404, headers: {}, body: Buffer.alloc(0) };
    const body = Buffer.isBuffer(found) ? found : Buffer.from(JSON.stringify(found));
    const etag = `"${hashOf(body)}"`;
    if (known === etag) return { status: 304, headers: { etag }, body: Buffer.alloc(0) };
    return { status: 200, headers: { etag, 'content-type': accept }, body };
  };

  /** Without its quotes. */
  etagOf(path: string): string {
    return hashOf(Buffer.from(JSON.stringify(this.documents.get(path))));
  }

  /** Documents that are asked for anew each time. */
  cache(): UpstreamDocuments {
    return new UpstreamDocuments({ fetch: this.fetch, onFailure: () => {}, freshForMs: 0, longestPauseMs: 0 });
  }

  #find(path: string, accept: string): object | Buffer | undefined {
    if (path !== '/api' && path !== '/apis') return this.documents.get(accept.includes('protobuf') ? `${path} protobuf` : path);
    const version = this.aggregatedVersions.find((candidate) => accept.includes(`v=${candidate};`));
    return version === undefined ? undefined : aggregated(version, path === '/api' ? this.core : this.groups);
  }
}

function hashOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').toUpperCase();
}

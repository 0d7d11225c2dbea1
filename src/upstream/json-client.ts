import {
  type DeleteOptions,
  type KubeObject,
  type ListOptions,
  PATCH_TYPES,
  type Query,
  type UpstreamClient,
  type UpstreamRequest,
  type UpstreamTransport,
} from './upstream-client.ts';
import { upstreamErrorFrom } from './upstream-error.ts';
import { watchEvents } from './watch-events.ts';

export const FIELD_MANAGER = 'kubezoo';
/** kube-apiserver's own clients page by this. */
const PAGE_SIZE = 500;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

interface ListBody<T> {
  items?: T[];
  metadata?: { resourceVersion?: string; continue?: string };
}

/** The JSON methods over any transport: the real one, or one that impersonates, counts or fails. */
export function createJsonClient(transport: UpstreamTransport): UpstreamClient {
  async function call<T>(request: UpstreamRequest): Promise<T> {
    const response = await transport.request(request);
    if (response.status < 200 || response.status > 299) throw upstreamErrorFrom(response.status, response.body);
    return JSON.parse(response.body.toString('utf8')) as T;
  }

  function write<T>(method: string, path: string, contentType: string, body: object, query: Query | undefined): Promise<T> {
    return call<T>({ method, path, ...(query && { query }), headers: { 'content-type': contentType }, body: JSON.stringify(body) });
  }

  return {
    request: (request) => transport.request(request),
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
    get: (path, query) => call({ method: 'GET', path, ...(query && { query }) }),
    async list<T extends KubeObject>(path: string, options: ListOptions = {}) {
      const items: T[] = [];
      let resourceVersion = '';
      let cursor: string | undefined;
      do {
        const page: ListBody<T> = await call({
          method: 'GET',
          path,
          query: { limit: PAGE_SIZE, ...options.query, ...(cursor && { continue: cursor }) },
          ...(options.metadataOnly && { headers: { accept: METADATA_LIST } }),
          ...(options.signal && { signal: options.signal }),
        });
        items.push(...(page.items ?? []));
        resourceVersion = page.metadata?.resourceVersion ?? '';
        cursor = page.metadata?.continue;
      } while (cursor);
      return { items, resourceVersion };
    },
    create: (path, object, query) => write('POST', path, 'application/json', object, query),
    apply: (path, object, query) =>
      // JSON is YAML: no other text form of an apply is needed.
      write('PATCH', path, 'application/apply-patch+yaml', object, { fieldManager: FIELD_MANAGER, force: true, ...query }),
    patch: (path, patch, type = 'merge', query) =>
      write('PATCH', path, PATCH_TYPES[type], patch, { fieldManager: FIELD_MANAGER, ...query }),
    async delete(path: string, options: DeleteOptions = {}) {
      await write('DELETE', path, 'application/json', deleteOptionsBody(options), undefined);
    },
    watch: (path, options) => watchEvents(transport, path, options),
  };
}

function deleteOptionsBody(options: DeleteOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: options.propagationPolicy ?? 'Background',
    ...(options.gracePeriodSeconds !== undefined && { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.uid && { preconditions: { uid: options.uid } }),
  };
}

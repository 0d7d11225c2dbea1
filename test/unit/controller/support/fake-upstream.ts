import type { KubeObject, UpstreamRequest, UpstreamResponse, UpstreamTransport } from '../../../../src/upstream/upstream-client.ts';

type Stored = KubeObject & Record<string, unknown>;

const KINDS: { group: string; version: string; resource: string; namespaced?: boolean }[] = [
  { group: '', version: 'v1', resource: 'namespaces' },
  { group: '', version: 'v1', resource: 'nodes' },
  { group: '', version: 'v1', resource: 'persistentvolumes' },
  { group: '', version: 'v1', resource: 'services', namespaced: true },
  { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' },
  { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' },
  { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
  { group: 'demo02-acme.io', version: 'v1', resource: 'gadgets' },
  { group: 'admissionregistration.k8s.io', version: 'v1', resource: 'validatingwebhookconfigurations' },
  { group: 'admissionregistration.k8s.io', version: 'v1', resource: 'mutatingwebhookconfigurations' },
];

/** As much of an apiserver as the controller's steps use: objects by path, with uids and versions. Namespaces go at once, with their content. */
export class FakeUpstream implements UpstreamTransport {
  readonly objects = new Map<string, Stored>();
  readonly writes: string[] = [];
  /** Throws, to fail a write before or after it took effect. */
  beforeWrite: (write: string) => void = () => undefined;
  afterWrite: (write: string) => void = () => undefined;
  /** What discovery says it cannot tell. */
  staleGroups: string[] = [];
  /** Path of a collection that upstream fails to read. */
  unlistable: string | undefined;
  #revision = 0;

  async request(sent: UpstreamRequest): Promise<UpstreamResponse> {
    const request = { ...sent, path: decodeURIComponent(sent.path) };
    if (request.method === 'GET') return this.#read(request.path);
    const write = `${request.method} ${request.path}`;
    this.beforeWrite(write);
    const response = this.#write(request);
    if (response.status < 300) {
      this.writes.push(write);
      this.afterWrite(write);
    }
    return response;
  }

  async stream(): Promise<never> {
    throw new Error('no watches here');
  }

  close(): void {}

  put(path: string, object: Partial<KubeObject> & Record<string, unknown> = {}): void {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const metadata = { ...object.metadata, name, uid: `uid-${++this.#revision}`, resourceVersion: String(this.#revision) };
    this.objects.set(path, { ...object, metadata });
  }

  /** Paths of all objects, in order. */
  get paths(): string[] {
    return [...this.objects.keys()].sort();
  }

  #read(path: string): UpstreamResponse {
    if (path === '/api' || path === '/apis') return this.#discovery(path);
    if (path === this.unlistable) return failure(500, 'InternalError', path);
    const object = this.objects.get(path);
    if (object) return answer(200, object);
    const below = [...this.objects].filter(([key]) => key.slice(0, key.lastIndexOf('/')) === path).map(([, stored]) => stored);
    if (/\/[a-z]+$/.test(path) && KINDS.some(({ resource }) => path.endsWith(`/${resource}`))) {
      return answer(200, { items: below, metadata: { resourceVersion: String(this.#revision) } });
    }
    return failure(404, 'NotFound', path);
  }

  #write({ method, path, body, headers }: UpstreamRequest): UpstreamResponse {
    const sent = JSON.parse(String(body)) as Stored;
    const before = this.objects.get(path);
    if (method === 'DELETE') {
      if (!before) return failure(404, 'NotFound', path);
      const { preconditions } = sent as unknown as { preconditions?: { uid?: string } };
      if (preconditions?.uid && preconditions.uid !== before.metadata.uid) return failure(409, 'Conflict', path);
      if (before.metadata.finalizers?.length) before.metadata.deletionTimestamp ??= new Date().toISOString();
      else for (const key of this.objects.keys()) if (key === path || key.startsWith(`${path}/`)) this.objects.delete(key);
      return answer(200, {});
    }
    if (method !== 'PATCH') return failure(405, 'MethodNotAllowed', path);
    const isApply = headers?.['content-type'] === 'application/apply-patch+yaml';
    if (!before && !isApply) return failure(404, 'NotFound', path);
    const namespace = /^(\/api\/v1\/namespaces\/[^/]+)\//.exec(path)?.[1];
    if (namespace && !this.objects.has(namespace)) return failure(404, 'NotFound', namespace);
    const metadata = { ...before?.metadata, ...sent.metadata, labels: { ...before?.metadata.labels, ...sent.metadata.labels } };
    const after = { ...before, ...sent, metadata: { ...metadata, name: before?.metadata.name ?? sent.metadata.name } };
    if (before && JSON.stringify(after) === JSON.stringify(before)) return answer(200, before);
    // The last finalizer takes the object with it.
    if (!after.metadata.finalizers) delete after.metadata.finalizers;
    if (after.metadata.deletionTimestamp && !after.metadata.finalizers?.length) {
      this.objects.delete(path);
      return answer(200, after);
    }
    after.metadata.uid ??= `uid-${++this.#revision}`;
    after.metadata.resourceVersion = String(++this.#revision);
    this.objects.set(path, after);
    return answer(200, after);
  }

  #discovery(root: string): UpstreamResponse {
    const groups = new Map<string, object[]>();
    for (const { group, resource, namespaced } of KINDS) {
      if ((group === '') !== (root === '/api')) continue;
      const served = {
        resource,
        responseKind: { kind: resource },
        scope: namespaced ? 'Namespaced' : 'Cluster',
        verbs: ['list', 'delete'],
      };
      groups.set(group, [...(groups.get(group) ?? []), served]);
    }
    if (root === '/apis') for (const group of this.staleGroups) groups.set(group, []);
    const items = [...groups].map(([name, resources]) => ({
      metadata: { name },
      versions: [{ version: 'v1', freshness: this.staleGroups.includes(name) ? 'Stale' : 'Current', resources }],
    }));
    return answer(200, { items }, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  }
}

function answer(status: number, body: object, contentType = 'application/json'): UpstreamResponse {
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(JSON.stringify(body)) };
}

function failure(code: number, reason: string, path: string): UpstreamResponse {
  return answer(code, { kind: 'Status', message: `${path}: ${reason}`, reason, code });
}

import type { TenantApiDeps } from '../../../src/tenant-api/tenant-api.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../src/tenants/tenant.ts';
import { serveTenantApi, type TenantApiServer } from '../../integration/tenant-api/support/tenant-api-server.ts';
import { MemoryStore } from '../tenants/memory-store.ts';

const COLLECTION = '/apis/tenant.kubezoo.io/v1alpha1/tenants';

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export interface Answer {
  readonly code: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, parsed; any field may be asked for. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any kind are looked into by tests
  readonly body: any;
}

export interface RequestOptions {
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
}

/** The Tenant API over HTTP, with a store in memory. Paths that begin with `/` are absolute, others lie below the collection. */
export class ApiClient {
  readonly store = new MemoryStore();
  #server: TenantApiServer | undefined;

  async start(deps: Partial<TenantApiDeps> = {}): Promise<this> {
    this.#server = await serveTenantApi(this.store, deps);
    return this;
  }

  get server(): TenantApiServer {
    if (!this.#server) throw new Error('not started');
    return this.#server;
  }

  url(path: string): string {
    if (path.startsWith('/')) return this.server.url + path;
    return `${this.server.url}${COLLECTION}${path === '' || path.startsWith('?') ? '' : '/'}${path}`;
  }

  async request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const { type = 'application/json', accept = 'application/json' } = options;
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const headers = { accept, ...(body !== undefined && { 'content-type': type }), 'user-agent': 'tester/1.0', ...options.headers };
    const response = await fetch(this.url(path), { method, headers, ...payload });
    const text = await response.text();
    return {
      code: response.status,
      headers: response.headers,
      text,
      body: response.headers.get('content-type')?.startsWith('application/json') && text ? parse(text) : undefined,
    };
  }

  get(path: string, accept?: string): Promise<Answer> {
    return this.request('GET', path, undefined, { ...(accept && { accept }) });
  }

  create(name: string, metadata: object = {}, rest: object = {}): Promise<Answer> {
    return this.request('POST', '', tenantBody(name, metadata, rest));
  }

  patch(path: string, patch: unknown, type = MERGE): Promise<Answer> {
    return this.request('PATCH', path, patch, { type });
  }

  async created(name: string, metadata: object = {}): Promise<Tenant> {
    const answer = await this.create(name, metadata);
    if (answer.code !== 201) throw new Error(answer.text);
    return answer.body as Tenant;
  }
}

export function tenantBody(name: string, metadata: object = {}, rest: object = {}): object {
  return { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name, ...metadata }, spec: {}, ...rest };
}

/** One value, or the list of those of a watch. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }
}

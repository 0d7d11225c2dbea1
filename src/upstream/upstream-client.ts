import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface UpstreamRequest {
  readonly method: string;
  /** Beginning with `/`, segments already escaped, without the query. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole exchange; for a stream, until its headers. */
  readonly timeoutMs?: number;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface UpstreamStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** The bare wire: any status is an answer; throws UpstreamError `Unreachable` or `Timeout`, or the signal's reason. */
export interface UpstreamTransport {
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
  stream(request: UpstreamRequest): Promise<UpstreamStream>;
  close(): void;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  deletionTimestamp?: string;
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface ListOptions {
  readonly query?: Query;
  /** Only apiVersion, kind and metadata of each object. */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** 0: now, whatever a kubelet says. */
  readonly gracePeriodSeconds?: number;
}

export const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** Kubernetes in JSON. Every method but `request` and `stream` throws UpstreamError for an answer that is not 2xx. */
export interface UpstreamClient extends UpstreamTransport {
  get<T extends KubeObject>(path: string, query?: Query): Promise<T>;
  /** All pages. */
  list<T extends KubeObject>(path: string, options?: ListOptions): Promise<{ items: T[]; resourceVersion: string }>;
  create<T extends KubeObject>(path: string, object: object, query?: Query): Promise<T>;
  /** Server-side apply as field manager `kubezoo`, by force: what the platform sets is the platform's. */
  apply<T extends KubeObject>(path: string, object: object, query?: Query): Promise<T>;
  patch<T extends KubeObject>(path: string, patch: object, type?: keyof typeof PATCH_TYPES, query?: Query): Promise<T>;
  delete(path: string, options?: DeleteOptions): Promise<void>;
  /**
   * Events until upstream ends the watch (it does, every few minutes) or the signal aborts; both end the iteration.
   * Throws UpstreamError, with code 410 when the resourceVersion is too old.
   */
  watch<T extends KubeObject>(path: string, options?: ListOptions): AsyncIterable<WatchEvent<T>>;
}

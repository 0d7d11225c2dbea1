/** An apiserver in memory: lists in pages at any revision, and watches, in the forms of the real one. */
import { Readable } from 'node:stream';
import type { UpstreamRequest, UpstreamResponse, UpstreamStream, UpstreamTransport } from '../../../../src/upstream/upstream-client.ts';
import { encodeList, type FakeObject, kindOf } from './fake-kinds.ts';
import { matchesFields, matchesLabels } from './fake-selectors.ts';
import { FakeWatch } from './fake-watch.ts';

interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly key: string;
  readonly object: FakeObject;
}

function isProbe({ query }: UpstreamRequest): boolean {
  return query?.continue !== undefined && Buffer.from(String(query.continue), 'base64url').toString().includes('"start":"~"');
}

interface Place {
  readonly collection: string;
  readonly namespace: string | undefined;
}

export class FakeApiserver implements UpstreamTransport {
  readonly asked: UpstreamRequest[] = [];
  readonly watches: FakeWatch[] = [];
  /** Lists of which bytes may still be read. */
  readonly openBodies = new Set<Readable>();
  /** Bytes of lists that somebody has asked for. */
  bytesRead = 0;
  /** What is older is gone. */
  compacted = 0;
  chunkBytes = Number.POSITIVE_INFINITY;
  /** Events wait for `FakeWatch.deliver`. */
  holdsEvents = false;
  /** Collections of a server that gives them whole and from the beginning, whatever it is asked. */
  readonly withoutPages = new Set<string>();
  /** In the place of an answer. */
  refuse: (request: UpstreamRequest) => UpstreamResponse | undefined = () => undefined;
  /** Before the answer. */
  delay: (request: UpstreamRequest) => Promise<void> | undefined = () => undefined;
  readonly #changes: Change[] = [];
  /** Collections in an etcd of their own, and its revision. */
  readonly #apart = new Map<string, number>();
  #revision = 100;

  get revision(): number {
    return this.#revision;
  }

  keepApart(collection: string, revision: number): void {
    this.#apart.set(collection, revision);
  }

  put(collection: string, object: FakeObject): number {
    const type = this.#stateAt(collection, Number.POSITIVE_INFINITY).has(keyOf(object)) ? 'MODIFIED' : 'ADDED';
    return this.#change(collection, type, object);
  }

  delete(collection: string, object: FakeObject): number {
    return this.#change(collection, 'DELETED', object);
  }

  /** Something else of the cluster's changes. */
  pass(): number {
    return ++this.#revision;
  }

  bookmark(): void {
    for (const watch of this.watches) {
      watch.bookmark(String(this.#revision));
      if (!this.holdsEvents) watch.deliver();
    }
  }

  request(): Promise<UpstreamResponse> {
    throw new Error('the fake apiserver streams');
  }

  close(): void {}

  async stream(request: UpstreamRequest): Promise<UpstreamStream> {
    // Whether a server begins a list where it is asked to is asked once for each kind: tests count what comes of lists.
    if (!isProbe(request)) {
      this.asked.push(request);
      await this.delay(request);
    }
    request.signal?.throwIfAborted();
    const refusal = isProbe(request) ? undefined : this.refuse(request);
    if (refusal) return this.#answer(refusal, request);
    const place = placeOf(request.path);
    if (request.query?.watch === 'true') return { status: 200, headers: {}, body: this.#watch(request, place).body };
    return this.#answer(this.#list(request, place), request);
  }

  #answer({ status, headers, body }: UpstreamResponse, { signal }: UpstreamRequest): UpstreamStream {
    const size = Math.min(this.chunkBytes, 65_536);
    let at = 0;
    const stream = new Readable({
      highWaterMark: 65_536,
      read: () => {
        const chunk = Buffer.from(body.subarray(at, at + size));
        at += chunk.length;
        this.bytesRead += chunk.length;
        stream.push(chunk.length === 0 ? null : chunk);
      },
    });
    stream.on('error', () => {});
    this.openBodies.add(stream);
    stream.once('close', () => this.openBodies.delete(stream));
    signal?.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true });
    return { status, headers, body: stream };
  }

  #list({ query = {}, headers }: UpstreamRequest, { collection, namespace }: Place): UpstreamResponse {
    const kind = kindOf(collection);
    const current = this.#apart.get(collection) ?? this.#revision;
    let revision = query.resourceVersion === undefined ? current : Number(query.resourceVersion);
    let start = '';
    const isPaged = !this.withoutPages.has(collection);
    if (isPaged && query.continue !== undefined) {
      const token = JSON.parse(Buffer.from(String(query.continue), 'base64url').toString()) as { v: string; rv: number; start: string };
      start = token.start.replace(/^\//, '');
      // path.Clean would make something else of it (k8s.io/apiserver/pkg/storage/continue.go).
      if (token.v !== 'meta.k8s.io/v1' || token.rv === 0 || start === '' || start.endsWith('/'))
        return status(400, 'BadRequest', 'continue');
      if (query.resourceVersion !== undefined) return status(400, 'BadRequest', 'resource version with continue');
      revision = token.rv < 0 ? current : token.rv;
    }
    if (revision > current) return status(504, 'Timeout', `Too large resource version: ${revision}, current: ${current}`);
    if (revision < this.compacted && !this.#apart.has(collection)) {
      return status(410, 'Expired', 'The resourceVersion for the provided list is too old.');
    }
    const inside = namespace === undefined ? '' : `${namespace}/`;
    const state = [...this.#stateAt(collection, revision)].sort(([a], [b]) => (a < b ? -1 : 1));
    const keys = state.filter(([key]) => key.startsWith(inside) && key.slice(inside.length) >= start);
    const limit = isPaged && Number(query.limit ?? 0) > 0 ? Number(query.limit) : Number.POSITIVE_INFINITY;
    const found: FakeObject[] = [];
    let looked = 0;
    for (const [, object] of keys) {
      if (found.length >= limit) break;
      looked++;
      if (matchesLabels(query.labelSelector, object) && matchesFields(query.fieldSelector, object)) found.push(object);
    }
    const remaining = keys.length - looked;
    const isSelected = query.labelSelector !== undefined || query.fieldSelector !== undefined;
    const next = remaining > 0 ? `${keys[looked - 1]![0].slice(inside.length)}\0` : undefined;
    const metadata = {
      resourceVersion: String(revision),
      ...(next !== undefined && { continue: token(revision, next) }),
      ...(next !== undefined && !isSelected && { remainingItemCount: remaining }),
    };
    return { status: 200, headers: {}, body: encodeList(String(headers?.accept), kind, metadata, found) };
  }

  #watch(request: UpstreamRequest, { collection, namespace }: Place): FakeWatch {
    const watch: FakeWatch = new FakeWatch(request, kindOf(collection), () => this.watches.splice(this.watches.indexOf(watch), 1));
    this.watches.push(watch);
    const from = Number(request.query?.resourceVersion);
    if (from < this.compacted) watch.expired();
    else for (const change of this.#changes) if (change.revision > from) this.#tell(watch, { collection, namespace }, change);
    if (!this.holdsEvents) watch.deliver();
    return watch;
  }

  #tell(watch: FakeWatch, { collection, namespace }: Place, { type, object, ...change }: Change): void {
    if (change.collection !== collection || (namespace !== undefined && object.metadata.namespace !== namespace)) return;
    const { labelSelector, fieldSelector } = watch.request.query ?? {};
    if (matchesLabels(labelSelector, object) && matchesFields(fieldSelector, object)) watch.queue({ type, object });
  }

  #change(collection: string, type: Change['type'], { metadata, ...rest }: FakeObject): number {
    const apart = this.#apart.get(collection);
    const revision = apart === undefined ? ++this.#revision : apart + 1;
    if (apart !== undefined) this.#apart.set(collection, revision);
    const object = { metadata: { ...metadata, resourceVersion: String(revision) }, ...rest };
    const change = { revision, type, collection, key: keyOf(object), object };
    this.#changes.push(change);
    for (const watch of this.watches) {
      this.#tell(watch, placeOf(watch.request.path), change);
      if (!this.holdsEvents) watch.deliver();
    }
    return revision;
  }

  #stateAt(collection: string, revision: number): Map<string, FakeObject> {
    const state = new Map<string, FakeObject>();
    for (const change of this.#changes) {
      if (change.collection !== collection || change.revision > revision) continue;
      if (change.type === 'DELETED') state.delete(change.key);
      else state.set(change.key, change.object);
    }
    return state;
  }
}

function keyOf({ metadata: { namespace, name } }: FakeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function token(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

function placeOf(path: string): Place {
  const [, root, namespace, resource] = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(path) ?? [];
  return { collection: `${root}/${resource}`, namespace };
}

export function status(code: number, reason: string, message: string): UpstreamResponse {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { status: code, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

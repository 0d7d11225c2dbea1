import { Readable } from 'node:stream';
import { encodeFrame } from '../../../../src/translate/protobuf/encode-object.ts';
import type { UpstreamRequest } from '../../../../src/upstream/upstream-client.ts';
import { eventObject, type FakeKind, type FakeObject, type Json } from './fake-kinds.ts';

export interface FakeEvent {
  readonly type: string;
  readonly object: FakeObject;
}

/** A watch that somebody has open at the fake apiserver. */
export class FakeWatch {
  readonly request: UpstreamRequest;
  readonly body: Readable;
  /** What upstream has not sent yet. */
  readonly pending: Buffer[] = [];
  readonly #accept: string;
  readonly #kind: FakeKind;
  #isFirst = true;

  constructor(request: UpstreamRequest, kind: FakeKind, onClose: () => void) {
    this.request = request;
    this.#accept = String(request.headers?.accept);
    this.#kind = kind;
    this.body = new Readable({ read() {} });
    // As of an IncomingMessage: where nobody listens, nobody is told.
    this.body.on('error', () => {});
    this.body.once('close', onClose);
    request.signal?.addEventListener('abort', () => this.body.destroy(request.signal!.reason as Error), { once: true });
  }

  get isOpen(): boolean {
    return !this.body.destroyed;
  }

  queue({ type, object }: FakeEvent): void {
    this.#frame(type, eventObject(this.#accept, this.#kind, object, this.#isFirst));
    this.#isFirst = false;
  }

  bookmark(resourceVersion: string): void {
    this.queue({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } as unknown as FakeObject });
  }

  expired(): void {
    const message = 'too old resource version: 1 (100)';
    this.#frame('ERROR', { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'Expired', code: 410 });
  }

  /** Sends the next ones that are waiting, all in one chunk. */
  deliver(count = Number.POSITIVE_INFINITY): void {
    const bytes = Buffer.concat(this.pending.splice(0, Math.min(count, this.pending.length)));
    if (bytes.length > 0 && this.isOpen) this.body.push(bytes);
  }

  /** Its time is over. What was waiting is not sent. */
  end(): void {
    this.body.push(null);
  }

  /** The connection breaks, in the middle of an event where one was waiting. */
  break(): void {
    const [next] = this.pending;
    if (next) this.body.push(next.subarray(0, next.length / 2));
    this.body.destroy(new Error('ECONNRESET'));
  }

  #frame(type: string, object: Json): void {
    this.pending.push(this.#accept.includes('protobuf') ? encodeFrame(type, object) : Buffer.from(`${JSON.stringify({ type, object })}\n`));
  }
}

/** A hub in front of a fake apiserver. */
import { askAsGateway } from '../../../../src/collections/ask-upstream.ts';
import type { Collection } from '../../../../src/collections/collection.ts';
import type { Form } from '../../../../src/collections/form.ts';
import { type Selection, selectionOf } from '../../../../src/collections/selection.ts';
import type { LogLimits } from '../../../../src/collections/watch/event-log.ts';
import { createEventTranslator } from '../../../../src/collections/watch/event-translator.ts';
import { Hub, type Subscription } from '../../../../src/collections/watch/hub.ts';
import { streamKeyOf } from '../../../../src/collections/watch/stream-key.ts';
import { findResource } from '../../../../src/translate/table/index.ts';
import type { FakeApiserver } from './fake-apiserver.ts';
import { RecordingClient } from './recording-client.ts';
import { contextOf } from './tenants.ts';

export const JSON_FORM: Form = { shape: 'object', isProtobuf: false, version: 'v1' };

export class HubWorld {
  readonly hub: Hub;
  readonly errors: string[] = [];
  readonly counted = { catchUps: 0, drops: 0, resumes: 0, bytes: 0 };

  constructor(apiserver: FakeApiserver, options: { limits?: LogLimits; lingerMs?: number; maxBytes?: number } = {}) {
    const { counted } = this;
    this.hub = new Hub({
      ask: askAsGateway(apiserver),
      lingerMs: 60_000,
      ...options,
      metrics: {
        onHubBytes(count) {
          counted.bytes += count;
        },
        onCatchUp: () => void counted.catchUps++,
        onDrop: () => void counted.drops++,
        onResume: () => void counted.resumes++,
      },
      onInternalError: (error) => this.errors.push(String(error)),
      onTrouble: () => {},
    });
  }

  /** As a request does it: opens the stream, then follows it. */
  async follow(client: RecordingClient, revision: number, form = JSON_FORM, query = ''): Promise<RecordingClient> {
    const stream = await this.hub.open(subscriptionTo('pods', client.subscriber.tenantId, form, query), revision);
    stream.add(client.subscriber, revision);
    return client;
  }

  async client(tenantId: string, revision: number, wantsBookmarks = false): Promise<RecordingClient> {
    return await this.follow(new RecordingClient(tenantId, wantsBookmarks), revision);
  }
}

export function subscriptionTo(resource: string, tenantId: string, form = JSON_FORM, query = ''): Subscription {
  const row = findResource('', 'v1', resource)!;
  const collection: Collection = { row, group: '', version: 'v1', resource, context: contextOf(tenantId) };
  const selection: Selection = selectionOf(collection, 'watch', new URLSearchParams(query));
  return {
    key: streamKeyOf(collection, form, selection),
    collection,
    form,
    createTranslator: () => createEventTranslator(row, form, contextOf),
  };
}

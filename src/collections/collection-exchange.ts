import type { ServerResponse } from 'node:http';
import type { AccessChecker } from '../identity/check-access.ts';
import type { HeldBytes } from '../limits/held-bytes.ts';
import type { StalledAnswers } from '../limits/stalled-answers.ts';
import type { LocalRequest } from '../local/local-request.ts';
import type { TranslateContext } from '../translate/context.ts';
import type { UpstreamTransport } from '../upstream/upstream-client.ts';
import type { Ask } from './ask-upstream.ts';
import type { Collection } from './collection.ts';
import type { CollectionMetrics } from './collection-metrics.ts';
import type { CursorSealer } from './cursor.ts';
import type { ListMemory } from './list/list-memory.ts';
import type { Hub } from './watch/hub.ts';
import type { SharedRegistry } from './watch/shared-events.ts';

/** What all lists and watches of a replica have in common. */
export interface CollectionDeps {
  /** Reaches upstream as the gateway. */
  readonly transport: UpstreamTransport;
  readonly checkAccess: AccessChecker;
  readonly cursors: CursorSealer;
  readonly memory: ListMemory;
  readonly held: HeldBytes;
  readonly stalled: StalledAnswers;
  readonly hub: Hub;
  /** With `foreign: 'cut'`: nothing of anybody else's is to be expected. */
  readonly contextOf: (tenantId: string) => TranslateContext;
  /** Of the tenant as it is now; undefined: there is none. */
  readonly tenantUidOf: (tenantId: string) => string | undefined;
  /** See tenants/beginning.ts. */
  readonly beginningOf: (tenantId: string) => number;
  readonly sharing: SharedRegistry;
  readonly metrics: CollectionMetrics;
}

/** One request for a collection, and all that it takes to answer it. */
export interface CollectionExchange {
  readonly collection: Collection;
  readonly request: LocalRequest;
  readonly response: ServerResponse;
  readonly deps: CollectionDeps;
  /** Asks upstream in the name of the tenant's user, and in the gateway's own, which may read more. */
  readonly asTenant: Ask;
  readonly asGateway: Ask;
}

/** Lists and watches as tenants ask for them, over the local API's own server, with a fake apiserver behind it. */
import type { IncomingMessage } from 'node:http';
import { askAsGateway } from '../../../../src/collections/ask-upstream.ts';
import { createCollectionsHandler } from '../../../../src/collections/collections-handler.ts';
import { CursorSealer } from '../../../../src/collections/cursor.ts';
import { ListMemory } from '../../../../src/collections/list/list-memory.ts';
import { Hub } from '../../../../src/collections/watch/hub.ts';
import { isSharedByPlatform } from '../../../../src/gateway/shared-classes.ts';
import { HeldBytes, LIST_LIMITS } from '../../../../src/limits/held-bytes.ts';
import { StalledAnswers } from '../../../../src/limits/stalled-answers.ts';
import type { SharedNames } from '../../../../src/translate/context.ts';
import { type Answer, serve, type TestServer } from '../../local/ask.ts';
import type { FakeApiserver } from './fake-apiserver.ts';
import { contextOf } from './tenants.ts';

export interface Gateway {
  readonly server: TestServer;
  readonly hub: Hub;
  readonly memory: ListMemory;
  readonly held: HeldBytes;
  readonly cursors: CursorSealer;
  /** Names of StorageClasses that the platform shares. */
  readonly sharedClasses: Set<string>;
  /** What was logged as the gateway's own failure. */
  readonly failures: string[];
  /** The tenant's uid; tenants that are not here have none. */
  readonly uids: Map<string, string>;
  isAllowed: boolean;
  /** See tenants/beginning.ts. */
  beginning: number;
  get(path: string, options?: Options): Promise<Answer>;
  open(path: string, options?: Options): Promise<IncomingMessage>;
  close(): Promise<void>;
}

interface Options {
  readonly accept?: string;
  readonly tenantId?: string;
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
export const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export async function startGateway(apiserver: FakeApiserver, lingerMs = 60_000): Promise<Gateway> {
  const failures: string[] = [];
  const sharedClasses = new Set<string>();
  const uids = new Map([['demo01', 'uid-1']]);
  const classesOf = (kind: string): Set<string> => (kind === 'StorageClass' ? sharedClasses : new Set());
  const shared: SharedNames = {
    isSharedGroup: (group) => group === 'shop.example.com',
    sharedScope: () => 'Namespaced',
    isSharedObject: (_group, kind, name) => classesOf(kind).has(name),
    sharedObjects: (_group, kind) => classesOf(kind),
  };
  const count = (): void => {};
  const metrics = {
    onList: count,
    onListBytes: count,
    onStalled: count,
    onHubBytes: count,
    onCatchUp: count,
    onDrop: count,
    onResume: count,
  };
  const note = (error: unknown): void => void failures.push(String(error));
  const hub = new Hub({ ask: askAsGateway(apiserver), metrics, lingerMs, onInternalError: note, onTrouble: count });
  const memory = new ListMemory();
  const held = new HeldBytes(LIST_LIMITS);
  const cursors = new CursorSealer(Buffer.alloc(32, 7));
  const handler = createCollectionsHandler({
    transport: apiserver,
    checkAccess: async () => ({ allowed: gateway.isAllowed }),
    cursors,
    memory,
    held,
    stalled: new StalledAnswers(),
    hub,
    contextOf: (tenantId) => contextOf(tenantId, shared),
    tenantUidOf: (tenantId) => uids.get(tenantId),
    beginningOf: () => gateway.beginning,
    sharing: {
      sharedObjects: (_group, kind) => classesOf(kind),
      isShared: (_group, _kind, meta, globalDefault) => isSharedByPlatform(meta, { globalDefault }),
      note: (_group, kind, name, isShared) => void (isShared ? classesOf(kind).add(name) : classesOf(kind).delete(name)),
    },
    metrics,
  });
  const server = await serve([handler], {
    error: ({ err }: { err?: unknown }, message) => void failures.push(`${message}: ${(err as Error | undefined)?.stack ?? err}`),
  });
  const question = (path: string, { accept = 'application/json', tenantId = 'demo01' }: Options) => ({
    path,
    headers: { accept },
    identity: { role: 'tenant', tenantId, user: 'alice', groups: [] } as const,
  });
  const gateway: Gateway = {
    server,
    hub,
    memory,
    held,
    cursors,
    sharedClasses,
    failures,
    uids,
    isAllowed: true,
    beginning: 0,
    get: (path, options = {}) => server.ask(question(path, options)),
    open: (path, options = {}) => server.open(question(path, options)),
    async close() {
      hub.close();
      await server.close();
    },
  };
  return gateway;
}

/** What clients of the gateway were told, as data. Keys are the tenant's: `namespace/name`, or `name`. Revisions are etcd's. */

export const RESOURCES = ['configmaps', 'namespaces', 'clusterroles'] as const;
export type Resource = (typeof RESOURCES)[number];
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Sighting {
  readonly key: string;
  readonly revision: number;
  /** Whose writer has signed it; missing on what Kubernetes or the gateway has made. */
  readonly owner?: string | undefined;
}

export interface SeenEvent extends Sighting {
  readonly type: ChangeType;
}

export interface SeenBookmark {
  readonly type: 'BOOKMARK';
  readonly revision: number;
  /** The state has been sent, and is that of this revision. */
  readonly initialEnd?: boolean;
}

/** Who was told: one reflector. */
export interface Observer {
  readonly tenantId: string;
  /** What kind of client; for messages. */
  readonly client: string;
  readonly resource: Resource;
}

/** A whole list. */
export interface Listing {
  readonly observer: Observer;
  readonly revision: number;
  readonly items: readonly Sighting[];
}

/** A watch from its begin to its end, as far as it came. */
export interface Session {
  readonly observer: Observer;
  /** The revision that it was to begin behind; `state` for one that sends the state first. */
  readonly from: number | 'state';
  readonly entries: (SeenEvent | SeenBookmark)[];
}

/** All that one observer was told. */
export interface Observations {
  readonly observer: Observer;
  readonly listings: Listing[];
  readonly sessions: Session[];
}

/** A write that was answered with the object as it is now. */
export interface AcknowledgedWrite extends Sighting {
  readonly tenantId: string;
  readonly resource: Resource;
}

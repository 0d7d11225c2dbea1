/** Which of the platform's own objects are shared with all tenants, live: a watch for each kind that knows sharing. */
import { TENANT_LABEL } from '../tenants/tenant.ts';
import { allRows } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { discover } from '../upstream/discover.ts';
import { follow } from '../upstream/follow.ts';
import { pause } from '../upstream/pause.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';

/** On upstream objects, set by the platform: `"true"` shows the object to all tenants. */
export const SHARED_LABEL = 'kubezoo.io/shared';
/** What makes a class the default of everybody who names none: they get it anyway. */
const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
  'ingressclass.kubernetes.io/is-default-class',
];

const RETRY_MS = 1_000;

export class SharedClasses {
  readonly #shared = new Map<string, Set<string>>();
  readonly #unlisted = new Set<string>();
  readonly #stop = new AbortController();
  #discovered = false;

  /** Begins at once and goes on until `close`. @param onError told of each failure; it tries again by itself */
  constructor(upstream: UpstreamClient, onError: (thrown: unknown) => void) {
    void this.#run(upstream, onError);
  }

  /** Whether every kind has been listed once: before that, nothing can be said of any name. */
  get isReady(): boolean {
    return this.#discovered && this.#unlisted.size === 0;
  }

  isSharedObject(group: string, kind: string, upstreamName: string): boolean {
    return this.#shared.get(`${group}/${kind}`)?.has(upstreamName) === true;
  }

  sharedObjects(group: string, kind: string): Iterable<string> {
    return this.#shared.get(`${group}/${kind}`) ?? [];
  }

  /** What another watch has told sooner. */
  note(group: string, kind: string, upstreamName: string, isShared: boolean): void {
    const names = this.#shared.get(`${group}/${kind}`);
    if (isShared) names?.add(upstreamName);
    else names?.delete(upstreamName);
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(upstream: UpstreamClient, onError: (thrown: unknown) => void): Promise<void> {
    const { signal } = this.#stop;
    let served: ReadonlySet<string> | undefined;
    while (!served && !signal.aborted) {
      served = await servedPaths(upstream).catch((thrown: unknown) => {
        onError(thrown);
        return undefined;
      });
      if (!served) await pause(RETRY_MS, signal);
    }
    if (!served || signal.aborted) return;
    const kinds = allRows().filter((row) => row.shareable && served.has(pathOf(row)));
    for (const row of kinds) this.#unlisted.add(pathOf(row));
    this.#discovered = true;
    await Promise.all(kinds.map((row) => this.#follow(row, upstream, onError)));
  }

  async #follow(row: ResourceRow, upstream: UpstreamClient, onError: (thrown: unknown) => void): Promise<void> {
    const names = new Set<string>();
    this.#shared.set(`${row.group}/${row.kind}`, names);
    await follow(upstream, pathOf(row), {
      signal: this.#stop.signal,
      // A PriorityClass says in its body that it is the default.
      wholeObjects: row.kind === 'PriorityClass',
      onListed: () => this.#unlisted.delete(pathOf(row)),
      onEvent: (type, object) => {
        this.note(
          row.group,
          row.kind,
          object.metadata.name,
          type !== 'DELETED' && isSharedByPlatform(object.metadata, object as { globalDefault?: unknown }),
        );
      },
      onError,
    });
  }
}

/** What carries a tenant's label is a tenant's, whatever else it says of itself. @param object where it is whole */
export function isSharedByPlatform(
  { labels = {}, annotations = {} }: Pick<KubeObject['metadata'], 'labels' | 'annotations'>,
  { globalDefault }: { readonly globalDefault?: unknown } = {},
): boolean {
  if (labels[TENANT_LABEL] !== undefined) return false;
  return labels[SHARED_LABEL] === 'true' || DEFAULT_CLASS.some((key) => annotations[key] === 'true') || globalDefault === true;
}

function pathOf({ group, versions, resource }: ResourceRow): string {
  return `/apis/${group}/${versions[0]}/${resource}`;
}

/** An older upstream does not have them all. */
async function servedPaths(upstream: UpstreamClient): Promise<ReadonlySet<string>> {
  return new Set((await discover(upstream)).resources.map(({ path }) => path));
}

/** What a list says of itself. Upstream's. */
export interface PageHead {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resourceVersion: string;
  /** Upstream's cursor; '' at the end. */
  readonly continueToken: string;
  /** How many more there are behind the page, in the whole cluster; undefined: upstream does not say. */
  readonly remaining: number | undefined;
  /** JSON of a Table's columns; `null` where it has none. */
  readonly columns: string | undefined;
}

/** Cuts a list that streams by into its items: of JSON the objects, of a Table the rows, of protobuf the fields that hold them. */
export interface PageReader {
  /** The items that have become whole. @throws Error for what is no list */
  write(chunk: Buffer): Buffer[];
  /** What is known when the first items come: as much of it as upstream writes in front of them. */
  early(): PageHead | undefined;
  /** @throws Error where the list is not whole */
  end(): PageHead;
}

/** Largest item, in bytes: no object of Kubernetes' is larger than etcd's limit of 1.5 MiB, but its Table's row can be. */
export const MAX_ITEM_BYTES = 16 * 1024 * 1024;

import type { Ask } from '../ask-upstream.ts';
import type { Collection } from '../collection.ts';
import type { Form } from '../form.ts';
import type { Selection } from '../selection.ts';
import type { ListMemory } from './list-memory.ts';

/** A list of a tenant's, to be made of as many of upstream's as it takes. */
export interface ListJob {
  readonly collection: Collection;
  readonly form: Form;
  readonly selection: Selection;
  /** As whom the objects are asked for. */
  readonly ask: Ask;
  /** As the gateway, which alone may see which namespaces there are. */
  readonly askAsGateway: Ask;
  readonly signal: AbortSignal;
  /** Which revision the list is to show; -1: the latest. */
  readonly revision: number;
  /** Where it goes on (see ListPlace); '' at the beginning. */
  readonly start: string;
  /** The most that the client takes. */
  readonly limit: number;
  readonly memory: ListMemory;
  readonly onBytes: (count: number) => void;
}

/** What becomes known while a list is made. Upstream's spelling. */
export interface ListState {
  /** The revision that all of it shows; '' before anything has come, and of servers that have none. */
  resourceVersion: string;
  apiVersion: string;
  kind: string;
  /** JSON of a Table's columns. */
  columns: string | undefined;
  /** Upstream's warnings, of the first answer. */
  warnings: readonly string[] | undefined;
  /** Where the list goes on after its limit; undefined: there is no more. */
  next: { readonly revision: number; readonly start: string } | undefined;
}

export function newListState(): ListState {
  return { resourceVersion: '', apiVersion: '', kind: '', columns: undefined, warnings: undefined, next: undefined };
}

/** Items in the tenant's names, as they become known, in upstream's order. */
export type Items = AsyncGenerator<Buffer[], void, void>;

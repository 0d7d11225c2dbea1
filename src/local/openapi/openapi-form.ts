/** An OpenAPI document, in either version and either media type, as a few named collections in a frame. */
import type { Spelling } from './spelling.ts';

export type OpenApiVersion = 'v2' | 'v3';

/** What is in the document by name. In version 3 the definitions are the schemas of the components, and the last two stay in the frame. */
export const COLLECTIONS = ['paths', 'definitions', 'parameters', 'responses'] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** One entry of a collection. */
export interface Member {
  /** As the document spells it: `/apis/apps/v1/namespaces/{namespace}/deployments`, `io.k8s.api.apps.v1.Deployment`. */
  readonly name: string;
  /** The whole entry, with its name. */
  readonly bytes: Buffer;
}

export interface Reference {
  readonly collection: Collection;
  readonly name: string;
}

/** Blocks of members (see `OpenApiForm.block`), by collection. */
export type Blocks = Readonly<Record<Collection, readonly Buffer[]>>;

export interface TakenApart {
  readonly members: Readonly<Record<Collection, readonly Member[]>>;
  /** The document again, with these in the place of its members; in parts, of which the blocks are some. */
  join(blocks: Blocks): Buffer[];
}

/** How a document is written. All but `takeApart` and `join` are about members, which may go from one document to another. */
export interface OpenApiForm {
  /** @throws Error when the bytes are no such document */
  takeApart(document: Buffer): TakenApart;
  block(members: readonly Member[]): Buffer;
  /** What the member refers to, without order and maybe more than once. */
  references(collection: Collection, member: Member): Reference[];
  /** The member of a tenant's own group in the tenant's spelling; text that the tenant has written stays as it is. */
  rename(collection: 'paths' | 'definitions', member: Member, spelling: Spelling): Member;
}

export function collect<T>(make: (collection: Collection) => T): Record<Collection, T> {
  return {
    paths: make('paths'),
    definitions: make('definitions'),
    parameters: make('parameters'),
    responses: make('responses'),
  };
}

const REFERENCE: Readonly<Record<OpenApiVersion, RegExp>> = {
  v2: /^#\/(definitions|parameters|responses)\/(.+)$/,
  v3: /^#\/components\/(schemas)\/(.+)$/,
};

/** `#/definitions/io.k8s.api.core.v1.Pod` and its like; undefined for what stays in the frame. */
export function parseReference(version: OpenApiVersion, reference: string): Reference | undefined {
  const [, collection, name] = REFERENCE[version].exec(reference) ?? [];
  if (collection === undefined || name === undefined) return undefined;
  return { collection: collection === 'schemas' ? 'definitions' : (collection as Collection), name };
}

/** A reference with the name of its definition in the tenant's spelling. */
export function renameReference(version: OpenApiVersion, reference: string, spelling: Spelling): string {
  const parsed = parseReference(version, reference);
  if (parsed?.collection !== 'definitions') return reference;
  return reference.slice(0, -parsed.name.length) + spelling.definition(parsed.name);
}

import type { ServerResponse } from 'node:http';

/** Who asks, as the ext_proc server found out; it travels to the local API in a header that no client can set. */
export type Identity =
  | {
      readonly role: 'tenant';
      readonly tenantId: string;
      readonly user: string;
      readonly groups: readonly string[];
      /** As upstream's authentication has them beside the names; their values mean the same on both sides. */
      readonly uid?: string;
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly role: 'operator'; readonly user: string; readonly groups: readonly string[] };

export type TenantIdentity = Extract<Identity, { role: 'tenant' }>;

/** Base64url of the Identity's JSON. Envoy takes a client's own copy off before anything else happens. */
export const IDENTITY_HEADER = 'x-kubezoo-identity';

/** Of requests to upstream and to the local API, and of answers: a request's name in all logs. A client's own is replaced. */
export const AUDIT_ID_HEADER = 'audit-id';

/** A request that the gateway answers itself, in the tenant's (or the operator's) own words. */
export interface LocalRequest {
  readonly method: string;
  /** Path without the query, canonical. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly identity: Identity;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** The whole body; throws KubeError RequestEntityTooLarge above `limit` bytes (3 MiB, as upstream's). */
  body(limit?: number): Promise<Buffer>;
}

/** Writes the answer; what it throws becomes a Status. Returns false, having written nothing, when the path is not its own. */
export type LocalHandler = (request: LocalRequest, response: ServerResponse) => Promise<boolean>;

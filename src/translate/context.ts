import type { BridgeAddress } from '../names/webhook-url.ts';
import type { AppliedOver } from './admission/applied-over.ts';
import type { PlanContext } from './engine/plan.ts';
import type { Scope } from './table/row.ts';

/** What of the platform's own tenants may see and refer to under its real name. */
export interface SharedNames {
  /** A group whose CRDs are the platform's. */
  isSharedGroup(group: string): boolean;
  /** The scope of a resource (plural) of such a group; undefined for one that tenants are not to know. */
  sharedScope?(group: string, resource: string): Scope | undefined;
  /** A cluster-scoped object, such as ('storage.k8s.io', 'StorageClass', 'standard'). */
  isSharedObject(group: string, kind: string, name: string): boolean;
  /** The names of all such objects of a kind; none where it is not known. */
  sharedObjects?(group: string, kind: string): Iterable<string>;
}

/** What the rules know of an exchange beyond what the engine needs. */
export interface TranslateContext extends PlanContext {
  /** The namespace in the request's path, in the tenant's spelling; undefined for cluster-scoped requests and for all namespaces. */
  readonly requestNamespace?: string | undefined;
  /** At which upstream is to call tenants' webhooks; undefined: there is none, and tenants have no webhooks. */
  readonly bridge?: BridgeAddress | undefined;
  /** What a client gets in the place of upstream's token for the next page; undefined: the token itself. */
  readonly sealContinue?: ((upstreamToken: string) => string) | undefined;
  /** Of an apply patch on webhooks. */
  readonly appliedOver?: AppliedOver | undefined;
  /** Undefined: nothing is shared. */
  readonly shared?: SharedNames | undefined;
}

import type { Tenant } from '../tenants/tenant.ts';
import { conflict } from './invalid.ts';

/** A patch that has been read, to be laid on a tenant as often as somebody else is faster. */
export interface Patch {
  readonly warnings: readonly string[];
  /** What becomes of `live`, owners included. Undefined `live`: what is created; only apply can. Throws KubeError. */
  applyTo(live: Tenant | undefined): Tenant;
}

/** @throws KubeError Conflict when the patch names a version, and it is not the one that is there */
export function checkVersion(sent: Tenant, live: Tenant): void {
  const { resourceVersion } = sent.metadata;
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw conflict(live.metadata.name);
}

import { KubeError } from '../../errors.ts';

/** @param options metav1.DeleteOptions, in JSON @throws KubeError BadRequest for the option that is not for tenants */
export function refuseUnreadableDeletion(options: { readonly [member: string]: unknown }): void {
  if (options.ignoreStoreReadErrorWithClusterBreakingPotential !== true) return;
  throw new KubeError(
    'BadRequest',
    'ignoreStoreReadErrorWithClusterBreakingPotential: deleting objects that cannot be read is for the platform',
  );
}

import { identityPrefixOf } from '../../names/identity.ts';
import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import { CLUSTER_ROLES } from '../roles/bootstrap-rules.ts';
import { deleteAll } from './delete-all.ts';
import { CLUSTER_ROLE_BINDINGS } from './grant-access.ts';
import { DONE, type Outcome, type Step } from './step.ts';

/** Nobody of the tenant may do anything cluster-wide any more: neither by the platform's grant nor by one of its own. */
export const revokeAccess: Step = {
  name: 'revoke-access',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    for (const prefix of [identityPrefixOf(tenantId), prefixOf(tenantId)]) {
      const bindings = await listByPrefix(upstream, CLUSTER_ROLE_BINDINGS, prefix);
      await deleteAll(upstream, CLUSTER_ROLE_BINDINGS, bindings);
    }
    // Worth nothing any more; gone at once, so that the sweep need not wait for them.
    await deleteAll(upstream, CLUSTER_ROLES, await listByPrefix(upstream, CLUSTER_ROLES, prefixOf(tenantId)));
    return DONE;
  },
};

import { identityPrefixOf } from '../../names/identity.ts';
import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
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
    return DONE;
  },
};

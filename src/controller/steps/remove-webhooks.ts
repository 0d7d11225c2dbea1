import { prefixOf } from '../../names/prefix.ts';
import { discover } from '../../upstream/discover.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import { deleteAll } from './delete-all.ts';
import { DONE, type Outcome, type Step } from './step.ts';

const GROUP = 'admissionregistration.k8s.io';

/**
 * Nothing of the tenant's judges writes any more, whatever kinds upstream has for that. Before the namespaces: a webhook
 * whose pod is gone, or a policy that forbids it, would refuse the deletion of everything else in them.
 */
export const removeWebhooks: Step = {
  name: 'remove-webhooks',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    const { resources } = await discover(upstream);
    // Bindings before the policies that they put in force: in alphabetical order they come after them.
    const kinds = resources.filter(({ group, verbs }) => group === GROUP && verbs.includes('list') && verbs.includes('delete'));
    for (const { path } of kinds.toSorted((a, b) => b.resource.localeCompare(a.resource))) {
      await deleteAll(upstream, path, await listByPrefix(upstream, path, prefixOf(tenantId)));
    }
    return DONE;
  },
};

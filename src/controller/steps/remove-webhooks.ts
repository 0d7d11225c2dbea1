import { discover } from '../../upstream/discover.ts';
import { loosenDefinitions } from '../removal/loosen-definitions.ts';
import { listOwned } from '../removal/owned-kinds.ts';
import { deleteAll } from './delete-all.ts';
import { DONE, type Outcome, type Step } from './step.ts';

const GROUP = 'admissionregistration.k8s.io';

/**
 * Nothing of the tenant's judges writes any more, whatever kinds upstream has for that, nor converts what is read. Before all else: a
 * webhook whose pod is gone, or a policy that forbids it, would refuse the deletion of everything else.
 */
export const removeWebhooks: Step = {
  name: 'remove-webhooks',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    const { resources } = await discover(upstream);
    // Bindings before the policies that they put in force: in alphabetical order they come after them.
    const kinds = resources.filter(({ group, verbs }) => group === GROUP && verbs.includes('list') && verbs.includes('delete'));
    for (const kind of kinds.toSorted((a, b) => b.resource.localeCompare(a.resource))) {
      await deleteAll(upstream, kind.path, await listOwned(upstream, kind, tenantId));
    }
    const definitions = resources.find(
      ({ resource, group }) => resource === 'customresourcedefinitions' && group === 'apiextensions.k8s.io',
    );
    if (definitions) await loosenDefinitions(upstream, definitions, tenantId, false);
    return DONE;
  },
};

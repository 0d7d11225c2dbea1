import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import { deleteAll } from './delete-all.ts';
import { DONE, type Outcome, type Step } from './step.ts';

const CONFIGURATIONS = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].map(
  (resource) => `/apis/admissionregistration.k8s.io/v1/${resource}`,
);

/** Before the namespaces: a webhook whose pod is gone would refuse the deletion of everything else in them. */
export const removeWebhooks: Step = {
  name: 'remove-webhooks',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    for (const path of CONFIGURATIONS) await deleteAll(upstream, path, await listByPrefix(upstream, path, prefixOf(tenantId)));
    return DONE;
  },
};

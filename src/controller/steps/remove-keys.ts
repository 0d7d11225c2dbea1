import { DONE, type Outcome, type Step } from './step.ts';

/** Nothing is kept in etcd for the tenant but its Tenant. When nothing of it is left upstream that would make such keys. */
export const removeKeys: Step = {
  name: 'remove-keys',
  condition: 'CleanedUp',
  async run({ keys }): Promise<Outcome> {
    await keys.remove();
    return DONE;
  },
};

import { removeKubeconfig } from '../kubeconfig-file.ts';
import { DONE, type Outcome, type Step } from './step.ts';

/** The kubeconfig's file is gone. Its certificate is worth nothing from the moment that the gateway knows no such tenant. */
export const removeCredentials: Step = {
  name: 'remove-credentials',
  condition: 'CleanedUp',
  async run({ tenantId, credentials }): Promise<Outcome> {
    if (credentials.kubeconfigDir) await removeKubeconfig(credentials.kubeconfigDir, tenantId);
    return DONE;
  },
};

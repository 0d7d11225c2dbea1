import { join } from 'node:path';
import { loadConfig } from '../../../src/config/config.ts';
import { readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { ensureAuthority } from '../../../src/launch/pki/ensure-authority.ts';
import { ensureCertificate } from '../../../src/launch/pki/ensure-certificate.ts';
import { writeSecretFile } from '../../../src/launch/state/write-secret-file.ts';
import type { SupervisedProcess } from '../../../src/launch/supervisor/supervised-process.ts';
import type { Stack } from '../../helpers/stack.ts';
import { startController } from '../../helpers/start-replica.ts';

/** A controller that upstream knows by a user name of its own. */
export interface NamedController {
  readonly user: string;
  readonly process: SupervisedProcess;
}

/** Two controllers in the place of the stack's, each with a user of its own upstream: its audit log then says who did what. */
export async function startControllers(stack: Stack): Promise<NamedController[]> {
  await stack.processes.process('controller').stop();
  const pki = join(stack.home.upstreamDir, 'pki');
  const ca = await ensureAuthority(pki, 'kubezoo-embedded-cluster');
  const started: NamedController[] = [];
  for (const name of ['one', 'two']) {
    const user = `controller-${name}`;
    const certificate = await ensureCertificate(ca, pki, user, { commonName: user, organizations: ['system:masters'] });
    const kubeconfig = join(stack.home.root, `${user}.kubeconfig`);
    const cluster = {
      ...readKubeconfig(stack.kubeconfig('upstream')),
      clientCert: certificate.certificatePem,
      clientKey: certificate.keyPem,
    };
    writeSecretFile(kubeconfig, renderKubeconfig(cluster, user));
    const configFile = join(stack.home.root, `${user}.json`);
    writeSecretFile(configFile, JSON.stringify({ ...loadConfig(stack.home.config), controllerKubeconfig: kubeconfig }));
    started.push({ user, process: await startController(stack, name, configFile) });
  }
  return started;
}

import { SILENT } from '../../src/launch/progress.ts';
import { Steps } from '../../src/launch/stack/steps.ts';
import { CONTROL_PLANE, findControlPlane } from '../../src/launch/tools/find-control-plane.ts';
import { findEnvoy } from '../../src/launch/tools/find-envoy.ts';

/** Fetches or builds what the whole stack needs, before the first test waits for it. */
export async function findTools(): Promise<void> {
  const steps = new Steps('auto');
  await steps.one('Envoy', (progress) => findEnvoy(progress));
  await steps.one('Kubernetes', (progress) => findControlPlane(CONTROL_PLANE, progress));
}

/** Path of the kubectl that fits the embedded cluster. */
export async function findKubectl(): Promise<string> {
  const { kubectl } = await findControlPlane(['kubectl', 'kube-apiserver'], SILENT);
  return kubectl;
}

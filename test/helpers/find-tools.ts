import { SILENT } from '../../src/launch/progress.ts';
import { Steps } from '../../src/launch/stack/steps.ts';
import { CONTROL_PLANE, findControlPlane } from '../../src/launch/tools/find-control-plane.ts';
import { findEnvoy } from '../../src/launch/tools/find-envoy.ts';
import { findJaeger } from '../../src/launch/tools/find-jaeger.ts';
import { buildClients } from './build-clients.ts';
import { buildPrometheus } from './build-prometheus.ts';

/** Fetches or builds what the whole stack needs, before the first test waits for it. */
export async function findTools(): Promise<void> {
  const steps = new Steps('auto');
  await steps.one('Envoy', (progress) => findEnvoy(progress));
  await steps.one('Kubernetes', (progress) => findControlPlane(CONTROL_PLANE, progress));
  await steps.one('Jaeger', (progress) => findJaeger(progress));
  // After Kubernetes: most of what they are made of is compiled then.
  await steps.one('Clients for the tests', (progress) => buildClients(progress));
  await steps.one('Prometheus', (progress) => buildPrometheus(progress));
}

/** Path of the kubectl that fits the embedded cluster. */
export async function findKubectl(): Promise<string> {
  const { kubectl } = await findControlPlane(['kubectl', 'kube-apiserver'], SILENT);
  return kubectl;
}

import { SILENT } from '../../../../src/launch/progress.ts';
import { CONTROL_PLANE, type ControlPlaneName, findControlPlane } from '../../../../src/launch/tools/find-control-plane.ts';

/** A binary of the control plane: the environment variable (`KUBEZOO_ETCD`, `KUBEZOO_KUBECTL` …), else where the launcher finds it. */
export async function findBinary(binary: ControlPlaneName): Promise<string> {
  const named = process.env[`KUBEZOO_${binary.toUpperCase().replaceAll('-', '_')}`];
  return named || (await findControlPlane(CONTROL_PLANE, SILENT))[binary];
}

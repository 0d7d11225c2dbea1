import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { buildControlPlane } from './build-control-plane.ts';
import { findOnPath, isExecutable } from './find-on-path.ts';

export const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type ControlPlaneName = (typeof CONTROL_PLANE)[number];
/** Full paths of the binaries. */
export type ControlPlane<Name extends ControlPlaneName = ControlPlaneName> = Readonly<Record<Name, string>>;

/**
 * The named binaries, all from one place, so that their versions fit each other: the folder `$KUBEBUILDER_ASSETS`, else PATH,
 * else built from source.
 */
export async function findControlPlane<Name extends ControlPlaneName>(
  names: readonly Name[],
  progress: Progress,
  signal?: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ControlPlane<Name>> {
  return findInstalled(names, progress, env) ?? inFolder(names, await buildControlPlane(progress, signal, env));
}

/** As above, without a build; undefined when no place has them all. */
export function findInstalled<Name extends ControlPlaneName>(
  names: readonly Name[],
  progress: Progress,
  env: NodeJS.ProcessEnv,
): ControlPlane<Name> | undefined {
  const assets = env.KUBEBUILDER_ASSETS;
  if (assets) {
    const missing = names.filter((name) => !isExecutable(join(assets, name)));
    if (missing.length === 0) return inFolder(names, assets);
    progress.note(`$KUBEBUILDER_ASSETS (${assets}) has no ${missing.join(', ')}: looking elsewhere`);
  }
  const found = names.map((name) => [name, findOnPath(name, env.PATH)] as const);
  return found.every(([, path]) => path !== undefined) ? (Object.fromEntries(found) as ControlPlane<Name>) : undefined;
}

function inFolder<Name extends ControlPlaneName>(names: readonly Name[], folder: string): ControlPlane<Name> {
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as ControlPlane<Name>;
}

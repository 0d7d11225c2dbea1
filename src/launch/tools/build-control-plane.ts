import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../progress.ts';
import { cacheDir } from './cache-dir.ts';
import { CONTROL_PLANE } from './find-control-plane.ts';
import { checkGo, type Go, goBuild, goIn, succeed } from './go-build.ts';
import { hashOfFiles } from './hash-of-files.ts';
import { installAtomically } from './install-atomically.ts';

const SOURCE = fileURLToPath(new URL('../../../control-plane', import.meta.url));
/** As in control-plane/go.mod. */
export const KUBERNETES_VERSION = 'v1.37.2';
const VERSION_PACKAGE = 'k8s.io/component-base/version';
const LDFLAGS = [
  '-s',
  '-w',
  ...Object.entries({
    gitVersion: KUBERNETES_VERSION,
    gitMajor: '1',
    gitMinor: '37',
    gitCommit: 'module',
    gitTreeState: 'clean',
    // Fixed: the same source gives the same binary.
    buildDate: '2026-10-01T00:00:00Z',
  }).map(([key, value]) => `-X ${VERSION_PACKAGE}.${key}=${value}`),
].join(' ');
const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', LDFLAGS];
const HINT = [
  'Install Go 1.26 or later (an earlier one from 1.21 on fetches it by itself), with a way to the Go module proxy;',
  'or let $KUBEBUILDER_ASSETS name a folder with etcd, kube-apiserver, kube-controller-manager and kubectl, or put all four on PATH;',
  'or use a cluster that you have: npm start -- --upstream-kubeconfig FILE.',
].join('\n');

/** Builds etcd, kube-apiserver, kube-controller-manager and kubectl as one binary, once for each state of its source. Resolves with the folder. */
export async function buildControlPlane(progress: Progress, signal?: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const target = join(cacheDir(env), 'control-plane', sourceHash(SOURCE));
  if (existsSync(target)) return target;
  const go = goIn(SOURCE, env, signal);
  await checkGo(go, 'Kubernetes', HINT);
  await installAtomically(target, (folder) => build(folder, go, progress), progress, signal);
  return target;
}

async function build(folder: string, go: Go, progress: Progress): Promise<void> {
  progress.note('Kubernetes is built from source: about 10 minutes on two cores, this once');
  progress.update('fetching the Go modules (about 200 MB)');
  succeed(await go(['mod', 'download']), 'Fetching the Go modules', HINT);
  await goBuild(
    { go, flags: BUILD_FLAGS, package: '.', output: join(folder, 'control-plane'), purpose: 'Building Kubernetes', hint: HINT },
    progress,
  );
  for (const name of CONTROL_PLANE) await symlink('control-plane', join(folder, name));
}

/** 16 hex digits that change with each change of what is built. */
export function sourceHash(folder: string): string {
  return hashOfFiles(folder, ['go.mod', 'go.sum', 'main.go']);
}

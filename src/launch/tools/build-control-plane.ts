import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LaunchError } from '../launch-error.ts';
import type { Progress } from '../progress.ts';
import { cacheDir } from './cache-dir.ts';
import { CONTROL_PLANE } from './find-control-plane.ts';
import { hashOfFiles } from './hash-of-files.ts';
import { installAtomically } from './install-atomically.ts';
import { lastLines, runTool, type ToolResult } from './run-tool.ts';

const SOURCE = fileURLToPath(new URL('../../../control-plane', import.meta.url));
const VERSION_PACKAGE = 'k8s.io/component-base/version';
const LDFLAGS = [
  '-s',
  '-w',
  ...Object.entries({
    gitVersion: 'v1.37.2',
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
  const go = (args: readonly string[], onErrorLine?: (line: string) => void) =>
    runTool('go', args, { cwd: SOURCE, env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' }, signal, ...(onErrorLine && { onErrorLine }) });
  const version = await go(['version']);
  if (version.code !== 0) {
    throw new LaunchError(`Kubernetes has to be built, and \`go version\` fails: ${lastLines(version.stderr, 3)}`, HINT);
  }
  await installAtomically(target, (folder) => build(folder, go, progress), progress, signal);
  return target;
}

async function build(
  folder: string,
  go: (args: readonly string[], onErrorLine?: (line: string) => void) => Promise<ToolResult>,
  progress: Progress,
): Promise<void> {
  progress.note('Kubernetes is built from source: about 10 minutes on two cores, this once');
  progress.update('fetching the Go modules (about 200 MB)');
  succeed(await go(['mod', 'download']), 'Fetching the Go modules');
  progress.update('looking at what is built already');
  const stale = succeed(
    await go(['list', '-deps', ...BUILD_FLAGS, '-f', '{{if .Stale}}{{.StaleReason}}{{end}}', '.']),
    'Reading the Go packages',
  );
  const total = stale.split('\n').filter((line) => line !== '' && !line.includes('available in build cache')).length;
  const started = Date.now();
  let built = 0;
  const show = () => progress.update(`compiling: ${built} of ${total} packages, ${formatElapsed(Date.now() - started)}`);
  const timer = setInterval(show, 500);
  try {
    const result = await go(['build', '-v', ...BUILD_FLAGS, '-o', join(folder, 'control-plane'), '.'], () => {
      built = Math.min(built + 1, total);
    });
    succeed(result, 'Building Kubernetes');
  } finally {
    clearInterval(timer);
  }
  for (const name of CONTROL_PLANE) await symlink('control-plane', join(folder, name));
}

function succeed(result: ToolResult, purpose: string): string {
  if (result.code !== 0) throw new LaunchError(`${purpose} failed:\n${lastLines(result.stderr)}`, HINT);
  return result.stdout;
}

/** 16 hex digits that change with each change of what is built. */
export function sourceHash(folder: string): string {
  return hashOfFiles(folder, ['go.mod', 'go.sum', 'main.go']);
}

/** `9:05` for nine minutes and five seconds. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

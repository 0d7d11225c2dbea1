/** A Docker engine of the test's own: its images, containers and networks go with it, and nothing of the machine's Docker is touched. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaunchError } from '../../src/launch/launch-error.ts';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { findOnPath } from '../../src/launch/tools/find-on-path.ts';
import { goBuild, goIn, succeed } from '../../src/launch/tools/go-build.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../src/launch/tools/run-tool.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';

/** The last that speaks the API of the engine in Debian 12. */
const COMPOSE_VERSION = 'v2.40.3';
const COMPOSE = `github.com/docker/compose/v2@${COMPOSE_VERSION}`;
const HINT = 'Debian: apt-get install docker.io. It has to be run as root.';

export interface Engine {
  /** For `docker` and `docker compose`. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** @param folder where it keeps everything @throws LaunchError */
export async function startEngine(folder: string, progress: Progress): Promise<Engine> {
  const [dockerd, docker] = [findOnPath('dockerd'), findOnPath('docker')];
  if (!dockerd || !docker) throw new LaunchError('There is no Docker engine (dockerd and docker) on PATH.', HINT);
  // Two of them would quarrel about the bridge and its rules.
  if (
    existsSync('/run/docker.sock') &&
    (await runTool(docker, ['version'], { env: { ...process.env, DOCKER_HOST: 'unix:///run/docker.sock' } })).code === 0
  )
    throw new LaunchError(
      'A Docker engine is running on this machine already.',
      'Stop it for the test, which starts one of its own: systemctl stop docker docker.socket.',
    );
  const at = (name: string) => join(folder, name);
  mkdirSync(at('config/cli-plugins'), { recursive: true });
  const env = { ...process.env, DOCKER_HOST: `unix://${at('sock')}`, DOCKER_CONFIG: at('config'), DOCKER_BUILDKIT: '0' };
  await cp(await composePlugin(progress), at('config/cli-plugins/docker-compose'));
  const log = openSync(at('log'), 'a');
  const args = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '--host', `unix://${at('sock')}`];
  const daemon = spawn(dockerd, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const answers = async () => {
    if (daemon.exitCode !== null) throw new LaunchError(`dockerd ended:\n${lastLines(readFileSync(at('log'), 'utf8'))}`, HINT);
    return (await runTool(docker, ['version'], { env })).code === 0;
  };
  await waitUntil('dockerd to answer', answers, { timeoutMs: 60_000, intervalMs: 200 });
  return { env, stop: () => stopDaemon(daemon, folder) };
}

async function stopDaemon(daemon: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  if (daemon.exitCode === null) {
    daemon.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}

/** Built from its Go module, once: not every system has a package of it. */
async function composePlugin(progress: Progress): Promise<string> {
  const target = join(cacheDir(), 'docker-compose', COMPOSE_VERSION);
  const binary = join(target, 'docker-compose');
  if (existsSync(binary)) return binary;
  const purpose = 'Building docker compose';
  progress.note('docker compose is built from source: some minutes, this once');
  await installAtomically(
    target,
    (folder) => buildGoModule({ module: COMPOSE, package: './cmd', output: join(folder, 'docker-compose'), purpose }, progress),
    progress,
  );
  return binary;
}

interface GoModule {
  readonly module: string;
  readonly package: string;
  readonly output: string;
  readonly purpose: string;
  /** Replacements in its go.mod that lead out of it. */
  readonly dropReplace?: readonly string[];
}

/** In a copy of the module, where its own go.mod is the main one. */
export async function buildGoModule(
  { module, package: name, output, purpose, dropReplace = [] }: GoModule,
  progress: Progress,
): Promise<void> {
  const fetched = succeed(await goIn(tmpdir(), process.env)(['mod', 'download', '-json', module]), purpose, HINT);
  const copy = await mkdtemp(join(tmpdir(), 'kubezoo-go-'));
  try {
    await cp((JSON.parse(fetched) as { Dir: string }).Dir, copy, { recursive: true });
    // The module cache is read-only, and so is what is copied from it.
    succeed(await runTool('chmod', ['-R', 'u+w', copy]), purpose, HINT);
    const go = goIn(copy, process.env);
    if (dropReplace.length > 0) succeed(await go(['mod', 'edit', ...dropReplace.map((path) => `-dropreplace=${path}`)]), purpose, HINT);
    const flags = ['-trimpath', '-buildvcs=false', '-mod=mod', '-ldflags', '-s -w'];
    await goBuild({ go, flags, package: name, output, purpose, hint: HINT }, progress);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

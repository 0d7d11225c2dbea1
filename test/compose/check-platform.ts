/** From `docker compose up` to `docker compose down -v`: what docs/compose.md promises. */

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../../src/launch/wait-until.ts';
import type { ShellOptions, Transcript } from './transcript.ts';

export interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly image?: string }>>;
}

export interface Platform {
  readonly compose: ComposeFile;
  /** Folder of the compose file. */
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Readonly<Record<'gateway' | 'upstream' | 'admin' | 'jaeger' | 'prometheus', number>>;
  readonly kubectl: string;
  readonly transcript: Transcript;
}

/** Grafana is in no package registry; the doctor is asked for by name. */
const LEFT_OUT = ['grafana', 'doctor'];
const COMPOSE = ['docker', 'compose', '--ansi=never', '--progress=quiet'];
const WAIT = { timeoutMs: 60_000, intervalMs: 300 };

/** Throws an AssertionError, or what a command said that failed. */
export async function checkPlatform(platform: Platform): Promise<void> {
  const { compose, project, env, ports, kubectl, transcript } = platform;
  const services = Object.keys(compose.services).filter((name) => !LEFT_OUT.includes(name));
  const shell = (command: readonly string[], options: ShellOptions = {}) => transcript.run(command, { cwd: project, env, ...options });
  const docker = (...args: string[]) => shell([...COMPOSE, ...args], { shownAs: `docker compose ${args.join(' ')}` });
  const as = (kubeconfig: string) => (command: string) =>
    shell([kubectl, '--kubeconfig', `.kubezoo-compose/${kubeconfig}`, ...command.split(' ')]);
  const tenant = as('tenants/demo01.kubeconfig');
  const isAnswered = () =>
    tenant('get namespaces').then(
      () => true,
      () => false,
    );
  const gatewayAnswers = () => waitUntil('the gateway to answer', isAnswered, WAIT);

  transcript.note(
    'the images are stand-ins of the same names, made of Debian packages and of binaries built from source; Grafana is left out',
  );
  await docker('config', '--quiet');
  await shell([...COMPOSE, 'build'], { shownAs: 'docker compose build', lines: 1 });
  const size = await shell(['docker', 'image', 'inspect', '--format', '{{.Size}}', compose.services.sidecar!.image!]);
  transcript.note(`the image of sidecar, controller and commands: ${(Number(size) / 1e6).toFixed(0)} MB`);
  const up = () => docker('up', '--detach', ...services);
  await up();
  await docker('logs', '--no-log-prefix', 'ready');
  await docker('ps', '--all', '--format', 'table {{.Service}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}');

  transcript.note('a tenant works');
  assert.match(await tenant('get namespaces'), /^default\s+Active/m);
  assert.equal(statSync(join(project, '.kubezoo-compose/tenants/demo01.kubeconfig')).mode & 0o777, 0o600);
  await tenant('create namespace web');
  await tenant('-n web create deployment nginx --image=nginx');
  await tenant('-n web wait --for=create pod -l app=nginx --timeout=60s');
  assert.match(await tenant('get deployments,replicasets,pods -A'), /^web\s+pod\/nginx-/m);
  assert.match(await as('upstream.kubeconfig')('get deployments -A'), /^demo01-web\s+nginx/m);

  transcript.note('and another, made by the command in its container');
  await docker('run', '--rm', 'tenants', 'create', 'acme01', '--wait');
  assert.match(await as('tenants/acme01.kubeconfig')('get namespaces'), /^default\s+Active/m);

  assert.match(await docker('run', '--rm', 'tenants', 'list'), /^acme01\s+Ready/m);
  await docker('run', '--rm', 'tenants', 'delete', 'acme01');

  assert.match(await docker('run', '--rm', 'doctor'), /^\d+ ok, 0 warnings, 0 failures$/m);

  transcript.note('one trace has every hop');
  const hops = await waitUntil('a trace of all parts', () => completeTrace(ports.jaeger), WAIT);
  transcript.note(`Jaeger: ${hops}`);
  const targets = await waitUntil('all targets to be up', () => targetsUp(ports.prometheus), WAIT);
  transcript.note(`Prometheus: ${targets}`);
  const page = await (await fetch(`http://127.0.0.1:${ports.admin}/`)).text();
  assert.match(page, /<table[\s\S]*demo01/);
  transcript.note("the operator's page shows demo01");

  transcript.note('no container may do more than it needs');
  const ids = (await shell(['docker', 'ps', '--quiet'], { lines: 0 })).trim().split('\n');
  const format =
    '{{.Name}} readonly={{.HostConfig.ReadonlyRootfs}} user={{.Config.User}} drop={{.HostConfig.CapDrop}} add={{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}} privileged={{.HostConfig.Privileged}}';
  const seen = (await shell(['docker', 'inspect', '--format', format, ...ids], { shownAs: `docker inspect --format '${format}' …` }))
    .trim()
    .split('\n');
  assert.equal(seen.length, ids.length);
  for (const line of seen) {
    assert.match(
      line,
      /readonly=true user=[1-9]\d*:[1-9]\d* drop=\[ALL\] add=\[(NET_BIND_SERVICE|CAP_NET_BIND_SERVICE)?\] \[no-new-privileges:true\] privileged=false/,
    );
  }
  const write = "try { fs.writeFileSync('/app/x', ''); console.log('written'); } catch (error) { console.log(error.code); }";
  assert.equal((await docker('exec', '-T', 'sidecar', 'node', '-e', write)).trim(), 'EROFS');

  transcript.note('without its sidecar the gateway says so in Kubernetes’ words; it is back with it');
  await docker('stop', 'sidecar');
  const exit = await shell(['docker', 'inspect', '--format', '{{.State.ExitCode}}', 'kubezoo-sidecar-1']);
  assert.equal(exit.trim(), '0');
  const refused = await shell([
    'sh',
    '-c',
    `${kubectl} --kubeconfig .kubezoo-compose/tenants/demo01.kubeconfig get namespaces 2>&1 || true`,
  ]);
  assert.match(refused, /ServiceUnavailable|the gateway cannot answer at the moment/);
  await docker('up', '--detach', '--wait', 'sidecar');
  await gatewayAnswers();
  await docker('restart', 'sidecar');
  await gatewayAnswers();

  transcript.note('what is in the volumes outlives the containers');
  await docker('down');
  await up();
  assert.match(await tenant('-n web get deployments'), /^nginx\s/m);

  transcript.note('and all of it goes');
  await docker('down', '--volumes');
  assert.equal((await shell(['docker', 'ps', '--all', '--quiet'])).trim(), '');
  assert.equal((await shell(['docker', 'volume', 'ls', '--quiet'])).trim(), '');
  assert.ok(existsSync(join(project, '.kubezoo-compose')));
}

interface Trace {
  readonly traceID: string;
  readonly spans: unknown[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

const HOPS = ['apiserver', 'etcd', 'kubezoo-envoy', 'kubezoo-sidecar'];

async function completeTrace(port: number): Promise<string | undefined> {
  const { data } = (await readJson(`http://127.0.0.1:${port}/api/traces?service=kubezoo-envoy&limit=100&lookback=1h`)) as { data: Trace[] };
  for (const { traceID, spans, processes } of data) {
    const services = new Set(Object.values(processes).map(({ serviceName }) => serviceName));
    if (HOPS.every((hop) => services.has(hop))) return `trace ${traceID}, ${spans.length} spans of ${[...services].sort().join(', ')}`;
  }
  return undefined;
}

interface Target {
  readonly health: string;
  readonly labels: { readonly job: string };
}

async function targetsUp(port: number): Promise<string | undefined> {
  const { data } = (await readJson(`http://127.0.0.1:${port}/api/v1/targets`)) as { data: { activeTargets: Target[] } };
  if (data.activeTargets.length === 0 || data.activeTargets.some(({ health }) => health !== 'up')) return undefined;
  return data.activeTargets.map(({ labels, health }) => `${labels.job} ${health}`).join(', ');
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return response.json();
}

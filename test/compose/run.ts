/**
 * `npm run compose-test [-- --log FILE]`: docker-compose.yml as it is, from nothing to a tenant's Deployment and back to nothing, in a Docker engine
 * of its own. Needs root, and Debian's docker.io, debootstrap and libcap2-bin. Ends with `N passed, N failed`.
 */
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import type { Progress } from '../../src/launch/progress.ts';
import { CONTROL_PLANE, findControlPlane } from '../../src/launch/tools/find-control-plane.ts';
import { type ComposeFile, checkPlatform } from './check-platform.ts';
import { startEngine } from './engine.ts';
import { makeStandIns } from './stand-in-images.ts';
import { Transcript } from './transcript.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the checkout of somebody has who only runs the platform. */
const FILES = [
  '.dockerignore',
  '.kubezoo-compose/.gitignore',
  'Dockerfile',
  'LICENSE',
  'docker-compose.yml',
  'package.json',
  'package-lock.json',
];
const FOLDERS = ['bin', 'deploy', 'envoy', 'proto', 'src'];
const UID = 1000;

const { values: flags } = parseArgs({ options: { log: { type: 'string' } } });
const progress: Progress = { note: (line) => console.error(line), update: () => {} };
const folder = mkdtempSync(join(tmpdir(), 'kz-compose-'));
const project = join(folder, 'kubezoo');
for (const name of FILES) cpSync(join(ROOT, name), join(project, name));
for (const name of FOLDERS) cpSync(join(ROOT, name), join(project, name), { recursive: true });
chownSync(join(project, '.kubezoo-compose'), UID, UID);

const compose = parse(readFileSync(join(project, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;
const [, node] = /^FROM (\S+) AS build$/m.exec(readFileSync(join(project, 'Dockerfile'), 'utf8')) ?? [];
const imageOf = (service: string) => compose.services[service]!.image!;
const { kubectl } = await findControlPlane(CONTROL_PLANE, progress);
const engine = await startEngine(join(folder, 'docker'), progress);
const transcript = new Transcript([
  [kubectl, 'kubectl'],
  [project, '.'],
  [folder, ''],
]);
let failure: unknown;
try {
  progress.note('making images of the names that the compose file has');
  const names = {
    ...{ node: node!, etcd: imageOf('etcd'), apiserver: imageOf('kube-apiserver'), controllerManager: imageOf('kube-controller-manager') },
    ...{ envoy: imageOf('envoy'), jaeger: imageOf('jaeger'), prometheus: imageOf('prometheus') },
  };
  mkdirSync(join(folder, 'images'));
  await makeStandIns(names, join(folder, 'images'), engine.env, progress);
  const ports = {
    ...{ gateway: await freePort(), upstream: await freePort(), admin: await freePort() },
    ...{ jaeger: await freePort(), prometheus: await freePort() },
  };
  const env = {
    ...engine.env,
    ...{ KUBEZOO_UID: String(UID), KUBEZOO_GID: String(UID) },
    ...{ KUBEZOO_PORT: String(ports.gateway), KUBEZOO_UPSTREAM_PORT: String(ports.upstream), KUBEZOO_ADMIN_PORT: String(ports.admin) },
    ...{ KUBEZOO_JAEGER_PORT: String(ports.jaeger), KUBEZOO_PROMETHEUS_PORT: String(ports.prometheus) },
  };
  await checkPlatform({ compose, project, env, ports, kubectl, transcript });
} catch (error) {
  failure = error;
  console.error(error);
} finally {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (flags.log && !failure) {
  mkdirSync(dirname(flags.log), { recursive: true });
  transcript.save(flags.log);
}
console.log(failure ? '0 passed, 1 failed' : '1 passed, 0 failed');
process.exitCode = failure ? 1 : 0;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

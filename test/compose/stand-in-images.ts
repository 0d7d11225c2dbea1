/**
 * Images of the names and tags that docker-compose.yml and Dockerfile have, for machines that reach no container registry: made of Debian's
 * packages and of the binaries that `npm start` uses. What they have in common with the real ones is what the compose file relies on: paths
 * of the binaries, users, folders, and kube-apiserver's file capability.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Progress } from '../../src/launch/progress.ts';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import { CONTROL_PLANE, findControlPlane } from '../../src/launch/tools/find-control-plane.ts';
import { findEnvoy } from '../../src/launch/tools/find-envoy.ts';
import { findJaeger } from '../../src/launch/tools/find-jaeger.ts';
import { findOnPath } from '../../src/launch/tools/find-on-path.ts';
import { installAtomically } from '../../src/launch/tools/install-atomically.ts';
import { lastLines, runTool } from '../../src/launch/tools/run-tool.ts';
import { buildGoModule } from './engine.ts';

const ETCD_VERSION = 'v3.7.0';
/** etcdctl's go.mod is that of a folder in etcd's repository. */
const ETCD_NEIGHBOURS = ['api/v3', 'client/pkg/v3', 'client/v3', 'pkg/v3'].map((name) => `go.etcd.io/etcd/${name}`);
const DEBIAN = 'kubezoo-test/debian:bookworm';
const CAS = '/etc/ssl/certs/ca-certificates.crt';

export interface ImageNames {
  /** Of the Dockerfile's first stage. */
  readonly node: string;
  readonly etcd: string;
  readonly apiserver: string;
  readonly controllerManager: string;
  readonly envoy: string;
  readonly jaeger: string;
  readonly prometheus: string;
}

/** @param folder empty, for what images are made of */
export async function makeStandIns(names: ImageNames, folder: string, env: NodeJS.ProcessEnv, progress: Progress): Promise<void> {
  const make = new ImageMaker(folder, env);
  const controlPlane = await findControlPlane(CONTROL_PLANE, progress);
  await make.fromFolder(DEBIAN, await debianRoot(progress));

  await make.built(names.node, `FROM ${DEBIAN}\nCOPY . /\nENV NODE_EXTRA_CA_CERTS=${CAS}\n`, async (root) => {
    await copy(process.execPath, join(root, 'usr/local/bin/node'));
    await copy(npmFolder(), join(root, 'usr/local/lib/node_modules/npm'));
    await run('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')]);
    // What this machine trusts: its way to the npm registry may need it.
    if (existsSync(CAS)) await copy(CAS, join(root, CAS));
  });
  await make.scratch(names.etcd, async (root) => {
    await copy(controlPlane.etcd, join(root, 'usr/local/bin/etcd'));
    await copy(await etcdctl(progress), join(root, 'usr/local/bin/etcdctl'));
    mkdirSync(join(root, 'var/lib/etcd'), { recursive: true });
  });
  await make.scratch(names.apiserver, async (root) => {
    const binary = join(root, 'usr/local/bin/kube-apiserver');
    await copy(controlPlane['kube-apiserver'], binary);
    await run('setcap', ['cap_net_bind_service=+ep', binary]);
  });
  await make.scratch(names.controllerManager, (root) =>
    copy(controlPlane['kube-controller-manager'], join(root, 'usr/local/bin/kube-controller-manager')),
  );
  const jaeger = await findJaeger(progress);
  await make.scratch(
    names.jaeger,
    async (root) => {
      await copy(jaeger, join(root, 'cmd/jaeger/jaeger-linux'));
      mkdirSync(join(root, 'tmp'), { mode: 0o777 });
    },
    ['ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]', 'USER 10001'],
  );
  const envoy = await findEnvoy(progress);
  await make.built(names.envoy, `FROM ${DEBIAN}\nCOPY . /usr/local/bin/\n`, (root) => copy(envoy, join(root, 'envoy')));
  const ownFolder = 'RUN mkdir -p /prometheus /etc/prometheus && chown 65534:65534 /prometheus';
  const dockerfile = `FROM ${DEBIAN}\nCOPY . /bin/\n${ownFolder}\nUSER 65534\nENTRYPOINT ["/bin/prometheus"]\n`;
  await make.built(names.prometheus, dockerfile, async (root) => {
    const unpacked = await prometheusPackage(progress);
    for (const name of ['prometheus', 'promtool']) await copy(join(unpacked, 'usr/bin', name), join(root, name));
  });
}

type Fill = (root: string) => Promise<void>;

class ImageMaker {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #count = 0;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** An image of one layer, with the files' capabilities. */
  async fromFolder(tag: string, root: string, changes: readonly string[] = []): Promise<void> {
    const archive = join(this.#folder, 'layer.tar');
    await run('tar', ['--xattrs', '--xattrs-include=security.capability', '-C', root, '-cf', archive, '.']);
    await run('docker', ['import', ...changes.flatMap((change) => ['--change', change]), archive, tag], this.#env);
    await rm(archive);
  }

  async scratch(tag: string, fill: Fill, changes: readonly string[] = []): Promise<void> {
    const root = this.#newFolder();
    await fill(root);
    await this.fromFolder(tag, root, changes);
    await rm(root, { recursive: true });
  }

  async built(tag: string, dockerfile: string, fill: Fill): Promise<void> {
    const root = this.#newFolder();
    await fill(root);
    const file = join(this.#folder, 'Dockerfile');
    writeFileSync(file, dockerfile);
    await run('docker', ['build', '--quiet', '--tag', tag, '--file', file, root], this.#env);
    await rm(root, { recursive: true });
  }

  #newFolder(): string {
    this.#count += 1;
    const root = join(this.#folder, String(this.#count));
    mkdirSync(root, { recursive: true });
    chmodSync(root, 0o755);
    return root;
  }
}

async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, dereference: true });
}

/** `npm` on PATH is a link to its bin/npm-cli.js. */
function npmFolder(): string {
  const npm = findOnPath('npm');
  if (!npm) throw new Error('there is no npm on PATH');
  return dirname(dirname(realpathSync(npm)));
}

function debianRoot(progress: Progress): Promise<string> {
  return cached('debian-bookworm', progress, async (folder) => {
    progress.update('installing a Debian in a folder');
    await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', folder]);
    chmodSync(folder, 0o755);
  });
}

function prometheusPackage(progress: Progress): Promise<string> {
  return cached('prometheus', progress, async (folder) => {
    await run('sh', ['-c', 'cd "$1" && apt-get download prometheus', 'sh', folder]);
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', join(folder, file!), folder]);
  });
}

async function etcdctl(progress: Progress): Promise<string> {
  const module = `go.etcd.io/etcd/etcdctl/v3@${ETCD_VERSION}`;
  const made = { module, package: '.', purpose: 'Building etcdctl', dropReplace: ETCD_NEIGHBOURS };
  const folder = await cached(`etcdctl-${ETCD_VERSION}`, progress, (target) =>
    buildGoModule({ ...made, output: join(target, 'etcdctl') }, progress),
  );
  return join(folder, 'etcdctl');
}

async function cached(name: string, progress: Progress, make: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheDir(), 'compose-images', name);
  if (!existsSync(target)) await installAtomically(target, make, progress);
  return target;
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { code, stdout, stderr } = await runTool(command, args, { env });
  if (code === 127) throw new Error(`there is no ${command}: apt-get install docker.io debootstrap libcap2-bin`);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${lastLines(stderr)}`);
  return stdout;
}

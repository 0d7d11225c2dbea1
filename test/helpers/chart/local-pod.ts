/**
 * A pod of the chart, run as processes of this machine: its containers' commands, arguments and environment, its volumes with what the cluster
 * has in their ConfigMaps and Secrets, a real token of its ServiceAccount. What the kubelet does by mounting is done by putting other paths in.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { SILENT } from '../../../src/launch/progress.ts';
import type { SupervisedProcess } from '../../../src/launch/supervisor/supervised-process.ts';
import type { Supervisor } from '../../../src/launch/supervisor/supervisor.ts';
import { findEnvoy } from '../../../src/launch/tools/find-envoy.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
/** The first part of an image's name says what is in it. */
const KUBEZOO_IMAGE = /^kubezoo[:@]/;
const ENVOY_COMMAND = '/usr/local/bin/envoy';

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly restartPolicy?: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Item {
  readonly key: string;
  readonly path: string;
}

interface Source {
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds: number };
  readonly configMap?: { readonly name: string; readonly items?: readonly Item[] };
  readonly secret?: { readonly name: string; readonly items?: readonly Item[] };
}

export interface PodTemplate {
  readonly spec: {
    readonly serviceAccountName: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly {
      readonly name: string;
      readonly emptyDir?: object;
      readonly projected?: { readonly sources: readonly Source[] };
    }[];
  };
}

export class LocalPod {
  readonly #template: PodTemplate;
  readonly #name: string;
  readonly #namespace: string;
  readonly #folder: string;
  readonly #admin: KubeClient;

  /** @param folder short: sockets are below it */
  constructor(template: PodTemplate, name: string, namespace: string, folder: string, admin: KubeClient) {
    this.#template = template;
    this.#name = name;
    this.#namespace = namespace;
    this.#folder = join(folder, name);
    this.#admin = admin;
  }

  get containers(): readonly Container[] {
    return [...(this.#template.spec.initContainers ?? []), ...this.#template.spec.containers];
  }

  /** Writes the volumes as they are now. */
  async mount(): Promise<void> {
    for (const { name, emptyDir, projected } of this.#template.spec.volumes) {
      if (!emptyDir && !projected) throw new Error(`volume ${name}: of a kind that this test does not know`);
      const folder = join(this.#folder, name);
      mkdirSync(folder, { recursive: true });
      for (const source of projected?.sources ?? []) {
        for (const [path, content] of await this.#filesOf(source)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          // Of keys nothing is to be changed; they are PEM.
          writeFileSync(join(folder, path), this.#here(content, this.containers[0]!), { mode: 0o600 });
        }
      }
    }
  }

  /** Runs a container that ends; resolves with what it said. Throws an Error when it fails. */
  async run(container: Container): Promise<string> {
    const [command, ...args] = await this.#commandOf(container);
    return await new Promise((resolve, reject) => {
      const child = spawn(command!, args, { env: this.#envOf(container), stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      }
      child.once('error', reject).once('close', (code) => {
        if (code === 0) resolve(said);
        else reject(new Error(`${container.name} ended with ${code}: ${said}`));
      });
    });
  }

  /** Starts a container that goes on, as a process `<pod>-<container>`; resolves when its startup probe is answered. */
  async start(container: Container, supervisor: Supervisor): Promise<SupervisedProcess> {
    const [command, ...args] = await this.#commandOf(container);
    const name = `${this.#name}-${container.name}`;
    const { startupProbe } = container;
    const ready = startupProbe && { ready: async () => (await this.probe(startupProbe)) === 200 };
    await supervisor.start({ name, command: command!, args, env: this.#envOf(container), ...ready });
    return supervisor.process(name);
  }

  /** The status that the kubelet would get, undefined when there is no answer. Throws an Error when the probe's port has no number. */
  async probe({ httpGet }: Probe): Promise<number | undefined> {
    const { path, port } = httpGet!;
    const number =
      typeof port === 'number' ? port : this.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)?.containerPort;
    if (number === undefined) throw new Error(`no port is called ${port}`);
    return await fetch(`http://127.0.0.1:${number}${path}`, { signal: AbortSignal.timeout(3000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => undefined,
    );
  }

  async #commandOf(container: Container): Promise<string[]> {
    const args = (container.args ?? []).map((arg) => this.#here(arg, container));
    if (KUBEZOO_IMAGE.test(container.image) && !container.command) return [process.execPath, CLI, ...args];
    if (container.command?.join() === ENVOY_COMMAND) return [await findEnvoy(SILENT), ...args];
    throw new Error(`container ${container.name}: nothing is known of ${container.command?.join(' ') ?? container.image}`);
  }

  #envOf(container: Container): Record<string, string> {
    const own = Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, this.#here(value, container)]));
    const temporary = container.volumeMounts?.find(({ mountPath }) => mountPath === '/tmp');
    return { PATH: process.env.PATH ?? '', ...(temporary && { TMPDIR: join(this.#folder, temporary.name) }), ...own };
  }

  /** A text with the paths of this machine. Volumes are mounted at the same place in all containers, but for `/tmp`. */
  #here(text: string, container: Container): string {
    const mounts = new Map(
      this.containers.flatMap(({ volumeMounts = [] }) => volumeMounts).map(({ mountPath, name }) => [mountPath, name]),
    );
    for (const { mountPath, name } of container.volumeMounts ?? []) mounts.set(mountPath, name);
    return [...mounts]
      .filter(([mountPath]) => mountPath !== '/tmp')
      .sort(([a], [b]) => b.length - a.length)
      .reduce((changed, [mountPath, name]) => changed.replaceAll(mountPath, join(this.#folder, name)), text);
  }

  async #filesOf({ serviceAccountToken: token, configMap, secret }: Source): Promise<[string, string][]> {
    const core = `/api/v1/namespaces/${this.#namespace}`;
    if (token) return [[token.path, await this.#token(token.expirationSeconds)]];
    const { data } = configMap
      ? await this.#read(`${core}/configmaps/${configMap.name}`)
      : await this.#read(`${core}/secrets/${secret!.name}`);
    const text = (key: string) => {
      const found = data[key];
      if (found === undefined) throw new Error(`${configMap?.name ?? secret?.name} has no ${key}`);
      return secret ? Buffer.from(found, 'base64').toString() : found;
    };
    const items = (configMap ?? secret)?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    return items.map(({ key, path }) => [path, text(key)]);
  }

  async #token(expirationSeconds: number): Promise<string> {
    const { serviceAccountName } = this.#template.spec;
    const path = `/api/v1/namespaces/${this.#namespace}/serviceaccounts/${serviceAccountName}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } };
    const answer = await this.#admin.request('POST', path, { body });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.body}`);
    return (JSON.parse(answer.body) as { status: { token: string } }).status.token;
  }

  async #read(path: string): Promise<{ data: Record<string, string> }> {
    const { status, body } = await this.#admin.request('GET', path);
    if (status !== 200) throw new Error(`${path}: ${body}`);
    return JSON.parse(body) as { data: Record<string, string> };
  }
}

/** The pod's template of a Deployment, or of a Job. */
export function templateOf(manifest: Readonly<Record<string, unknown>>): PodTemplate {
  return (manifest.spec as { template: PodTemplate }).template;
}

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What is looked at of docker-compose.yml. */
export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: object;
  readonly volumes: object;
}

export const COMPOSE_FILE = new URL('../../../docker-compose.yml', import.meta.url);

/** With the defaults of its variables. */
export function readComposeFile(text = readFileSync(COMPOSE_FILE, 'utf8')): ComposeFile {
  return parse(text.replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'), { merge: true }) as ComposeFile;
}

/** What of a service is less than it has to be; empty when nothing is. */
export function weaknessesOf({ services }: ComposeFile): string[] {
  return Object.entries(services).flatMap(([name, service]) => problemsOf(service).map((problem) => `${name}: ${problem}`));
}

function problemsOf(service: Service): string[] {
  const { image = '', user = '', cap_drop: drop = [], cap_add: add = [], security_opt: options = [], ports = [], volumes = [] } = service;
  const found: [boolean, string][] = [
    [/^[^:@]+(:[^:@/]*\d+\.\d+\.\d+[^:@/]*)$/.test(image), `image ${image} has no whole version`],
    [/^[1-9]\d*:\d+$/.test(user), `user ${user} is none, or root`],
    [service.read_only === true, 'its file system is not read-only'],
    [service.privileged !== true, 'is privileged'],
    [drop.join() === 'ALL', 'keeps capabilities'],
    [add.every((capability) => capability === 'NET_BIND_SERVICE'), `gets ${add.join()}`],
    [options.includes('no-new-privileges:true'), 'may get new privileges'],
    [service.network_mode !== 'host', 'has the network of the host'],
    [ports.every((port) => port.startsWith('127.0.0.1:')), `publishes ${ports.join()} to everybody`],
    [!volumes.some((volume) => volume.includes('docker.sock')), 'has the engine’s socket'],
    [['cpus', 'memory', 'pids'].every((limit) => service.deploy?.resources?.limits?.[limit] !== undefined), 'has no limits'],
  ];
  return found.filter(([good]) => !good).map(([, problem]) => problem);
}

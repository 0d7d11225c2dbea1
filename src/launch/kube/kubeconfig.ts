import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { parse, stringify } from 'yaml';
import { LaunchError } from '../launch-error.ts';

/** How to reach an apiserver: the current context of a kubeconfig, with all files read in. */
export interface Cluster {
  /** `https://host:port`, no path. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Name in the server's certificate, where it is not the URL's host. */
  readonly serverName?: string;
  /** PEM. */
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly token?: string;
}

type Fields = Record<string, unknown>;

/** The current context of a kubeconfig file. Throws a LaunchError that says what the gateway could not work with. */
export function readKubeconfig(file: string): Cluster {
  const config = parseFile(file);
  const context = named(config.contexts, config['current-context'], 'context', file).context as Fields | undefined;
  const cluster = (named(config.clusters, context?.cluster, 'cluster', file).cluster ?? {}) as Fields;
  const user = (named(config.users, context?.user, 'user', file).user ?? {}) as Fields;
  const refuse = (what: string): never => {
    throw new LaunchError(
      `${file}: ${what}.`,
      'Make a kubeconfig with a client certificate or a ServiceAccount token, and a certificate-authority.',
    );
  };
  if (user.exec || user['auth-provider'])
    refuse('its user logs in with a command (exec) or an auth-provider, which a long-running gateway cannot use');
  if (cluster['insecure-skip-tls-verify']) refuse('insecure-skip-tls-verify would leave the way to upstream open to anybody in between');
  if (cluster['proxy-url']) refuse('proxy-url is not supported');
  const pem = (fields: Fields, key: string) => content(fields, key, file);
  const token =
    typeof user.token === 'string'
      ? user.token
      : typeof user.tokenFile === 'string'
        ? readRelative(file, user.tokenFile).trim()
        : undefined;
  const clientCert = pem(user, 'client-certificate');
  const clientKey = pem(user, 'client-key');
  if (!(clientCert && clientKey) && !token) refuse('its user has neither a client certificate with its key nor a token');
  const serverName = cluster['tls-server-name'];
  return {
    server: serverOf(cluster.server, refuse),
    ca: pem(cluster, 'certificate-authority') ?? rootCertificates.join('\n'),
    ...(typeof serverName === 'string' && { serverName }),
    ...(clientCert && clientKey ? { clientCert, clientKey } : { token: token as string }),
  };
}

/** The text of a kubeconfig with one context, everything inside it. */
export function renderKubeconfig(cluster: Cluster, contextName: string): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const { server, ca, serverName, clientCert, clientKey, token } = cluster;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: contextName,
        cluster: { server, 'certificate-authority-data': base64(ca), ...(serverName && { 'tls-server-name': serverName }) },
      },
    ],
    users: [
      {
        name: contextName,
        user: clientCert && clientKey ? { 'client-certificate-data': base64(clientCert), 'client-key-data': base64(clientKey) } : { token },
      },
    ],
    contexts: [{ name: contextName, context: { cluster: contextName, user: contextName } }],
    'current-context': contextName,
  });
}

function parseFile(file: string): Fields {
  try {
    return (parse(readFileSync(file, 'utf8')) ?? {}) as Fields;
  } catch (error) {
    throw new LaunchError(
      `${file} cannot be read as a kubeconfig: ${error instanceof Error ? error.message : error}`,
      'Does it exist, and is it YAML?',
      {
        cause: error,
      },
    );
  }
}

function named(list: unknown, name: unknown, what: string, file: string): Fields {
  const found = Array.isArray(list) ? (list as Fields[]).find((entry) => entry.name === name) : undefined;
  if (!found)
    throw new LaunchError(
      `${file}: there is no ${what} ${JSON.stringify(name ?? null)}.`,
      'Its current-context has to name a context, cluster and user that are in it.',
    );
  return found;
}

/** `<key>-data` in base64, or the file that `<key>` names, relative to the kubeconfig. */
function content(fields: Fields, key: string, file: string): string | undefined {
  const data = fields[`${key}-data`];
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
  const path = fields[key];
  return typeof path === 'string' ? readRelative(file, path) : undefined;
}

function readRelative(kubeconfig: string, path: string): string {
  return readFileSync(resolve(dirname(kubeconfig), path), 'utf8');
}

function serverOf(server: unknown, refuse: (what: string) => never): string {
  const url = typeof server === 'string' ? URL.parse(server) : null;
  if (url?.protocol !== 'https:') return refuse(`the server ${JSON.stringify(server ?? null)} is no https URL`);
  if (url.pathname !== '/') return refuse(`a server with a path (${url.pathname}) is not supported`);
  return url.origin;
}

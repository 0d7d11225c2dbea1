/** Who the gateway is upstream, as its kubeconfig says it at the moment. */
import { readFileSync } from 'node:fs';
import type https from 'node:https';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { FileChanges } from '../certs/follow-files.ts';

/** How long credentials are kept before the kubeconfig's user is asked again (exec plugins). */
const LIFETIME_MS = 30_000;

export interface Credentials {
  readonly server: URL;
  /** TLS files and headers of a request. */
  readonly options: https.RequestOptions;
}

/**
 * Reads a kubeconfig's current context, and reads it anew when that file has changed, or one that it names. What cannot be used (half of a pair,
 * say) leaves the former credentials in force, and is tried again each second.
 *
 * From client-node only KubeConfig is used, for its reading of kubeconfigs and its credential plugins.
 */
export class CredentialSource {
  readonly #file: string;
  readonly #onTrouble: (error: unknown) => void;
  #context: Context;
  #token: string | undefined;
  #changes: FileChanges;
  #known: { credentials: Promise<Credentials>; until: number } | undefined;
  #isBehind = false;

  /** Throws an Error when the file names no cluster that can be used. @param onTrouble told of a change that cannot be followed */
  constructor(kubeconfigFile: string, onTrouble: (error: unknown) => void = () => {}) {
    this.#file = kubeconfigFile;
    this.#onTrouble = onTrouble;
    this.#context = readContext(kubeconfigFile);
    this.#token = this.#context.token;
    this.#changes = new FileChanges(this.#context.files);
  }

  /** Rejects with what a credential plugin throws. */
  async get(): Promise<Credentials> {
    if (this.#changes.changed()) await this.#renew();
    if (!this.#known || performance.now() >= this.#known.until) this.#keep(credentialsOf(this.#context));
    return await this.#known!.credentials;
  }

  /** The bearer token, where there is one: what a file or the kubeconfig itself says, now. */
  token(): string | undefined {
    if (this.#changes.changed()) void this.#renew();
    return this.#token;
  }

  #keep(credentials: Promise<Credentials>): void {
    this.#known = { credentials, until: performance.now() + LIFETIME_MS };
    credentials.catch(() => {
      this.#known = undefined;
    });
  }

  async #renew(): Promise<void> {
    try {
      const context = readContext(this.#file);
      // Before anything is waited for: whoever asks after a quiet night must not get the token of the evening, which has ended by now.
      if (context.token) this.#token = context.token;
      const credentials = await credentialsOf(context);
      // Throws where key and certificate do not belong together.
      createSecureContext({ cert: credentials.options.cert, key: credentials.options.key, ca: credentials.options.ca });
      if (context.files.join() !== this.#context.files.join()) this.#changes = new FileChanges(context.files);
      this.#context = context;
      this.#token = context.token;
      this.#keep(Promise.resolve(credentials));
      this.#isBehind = false;
    } catch (error) {
      if (!this.#isBehind) this.#onTrouble(error);
      this.#isBehind = true;
      this.#changes.forget();
    }
  }
}

interface Context {
  readonly config: KubeConfig;
  readonly server: URL;
  readonly token: string | undefined;
  /** All that it was read from. */
  readonly files: readonly string[];
}

function readContext(file: string): Context {
  const config = new KubeConfig();
  config.loadFromFile(file);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${file}: the current context names no cluster`);
  if (!cluster.server.startsWith('https://')) throw new Error(`${file}: ${cluster.server} is not an https URL`);
  if (cluster.proxyUrl) throw new Error(`${file}: proxy-url is not supported`);
  const user = config.getCurrentUser();
  const tokenFile = tokenFileOf(file, config);
  const named = [cluster.caFile, user?.certFile, user?.keyFile, tokenFile];
  return {
    config,
    server: new URL(cluster.server),
    token: tokenFile ? readFileSync(tokenFile, 'utf8').trim() : user?.token,
    files: [file, ...named.filter((path) => path !== undefined && path !== '')] as string[],
  };
}

/** client-node knows no `tokenFile` of a kubeconfig, and of its own kind keeps one token for all kubeconfigs of a process. */
function tokenFileOf(file: string, config: KubeConfig): string | undefined {
  const user = config.getCurrentUser();
  const own = user?.authProvider?.config?.tokenFile as string | undefined;
  if (own) return own;
  const { users } = parse(readFileSync(file, 'utf8')) as { users?: { name?: string; user?: { tokenFile?: string } }[] };
  const path = users?.find(({ name }) => name === user?.name)?.user?.tokenFile;
  return path && resolve(dirname(file), path);
}

async function credentialsOf({ config, server, token }: Context): Promise<Credentials> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // The agent that client-node makes is for fetch.
  delete options.agent;
  if (token) options.headers = { ...(options.headers as Record<string, string>), Authorization: `Bearer ${token}` };
  return { server, options };
}

import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient } from '../../src/launch/kube/kube-client.ts';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { chooseWrite, LASTING_NAMESPACES, namespaceOf, type Write } from './choose-write.ts';
import type { AcknowledgedWrite, Resource } from './observation.ts';
import type { Random } from './random.ts';
import { ownerMark } from './tenants.ts';

const REQUEST_TIMEOUT_MS = 20_000;
/** What a write that is in order is never answered. Others say that it came too late, too early, or too often. */
const UNEXPECTED: ReadonlySet<number> = new Set([400, 401, 405, 406, 415, 422]);

export interface WriterOptions {
  readonly cluster: Cluster;
  readonly tenantId: string;
  readonly random: Random;
  readonly writesPerSecond: number;
}

/** Writes at random as one tenant, errors or not, until it is stopped. */
export class Writer {
  readonly acknowledged: AcknowledgedWrite[] = [];
  /** Answers by their status; 0 for none. */
  readonly statuses = new Map<number, number>();
  /** Answers that no restart explains. */
  readonly unexpected: string[] = [];
  readonly #options: WriterOptions;
  readonly #client: KubeClient;
  readonly #owner: string;
  readonly #known: Readonly<Record<Resource, Set<string>>> = { configmaps: new Set(), namespaces: new Set(), clusterroles: new Set() };
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#client = new KubeClient(options.cluster);
    this.#owner = ownerMark(options.tenantId);
  }

  /** Makes the namespaces that stay; resolves when they are there and the writing has begun. */
  async start(): Promise<void> {
    for (const name of LASTING_NAMESPACES) {
      if (name === 'default') continue;
      await waitUntil(
        `namespace ${name} of ${this.#options.tenantId}`,
        async () => {
          const body = namespaceOf(name, this.#owner);
          const { status } = await this.#client.request('POST', '/api/v1/namespaces', { body });
          return status === 201 || status === 409;
        },
        { timeoutMs: 60_000 },
      );
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
    this.#client.close();
  }

  async #run(): Promise<void> {
    const { random, writesPerSecond } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      // As waits for something that happens at random are spread.
      await delay((-Math.log(1 - random.next()) / writesPerSecond) * 1000, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#write(chooseWrite(random, this.#known, this.#owner));
    }
  }

  async #write(write: Write): Promise<void> {
    const { method, path, body, contentType } = write;
    const options = { timeoutMs: REQUEST_TIMEOUT_MS, ...(body && { body }), ...(contentType && { contentType }) };
    const answer = await this.#client.request(method, path, options).catch(() => undefined);
    const status = answer?.status ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (UNEXPECTED.has(status))
      this.unexpected.push(`${this.#options.tenantId}: ${method} ${path}: ${status} ${answer?.body.slice(0, 300)}`);
    this.#learn(write, status);
    if (answer && write.verb !== 'delete' && (status === 200 || status === 201)) this.#acknowledge(write, answer.body);
  }

  #learn({ resource, verb, key }: Write, status: number): void {
    const isThere = verb === 'create' && (status === 201 || status === 409);
    const isGone = status === 404 || (verb === 'delete' && (status === 200 || status === 202));
    if (isThere) this.#known[resource].add(key);
    if (isGone) this.#known[resource].delete(key);
  }

  #acknowledge({ resource, key }: Write, body: string): void {
    const { metadata } = JSON.parse(body) as { metadata: { resourceVersion: string } };
    this.acknowledged.push({ tenantId: this.#options.tenantId, resource, key, revision: Number(metadata.resourceVersion) });
  }
}
